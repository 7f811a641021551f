-- mutant: A unique index over all organizations on a column that is upserted
-- base: plain
-- family: unique
-- leaks: whether any other organization has a file of a path, by whether an insert was skipped
create unique index files_path_key on app.files (lower(path));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
with kept as (
  insert into app.files (org_id, path) values ('{{a}}', 'CANARY-GLOBEX.pdf') on conflict do nothing returning id
)
select 'taken' where not exists (select from kept);
