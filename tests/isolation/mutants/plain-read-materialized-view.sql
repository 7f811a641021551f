-- mutant: A materialized view of the latest notes
-- base: plain
-- family: read
-- leaks: the latest note of every organization
create materialized view app.latest_notes as
  select distinct on (org_id) org_id, body from app.notes order by org_id, created_at desc;
grant select on app.latest_notes to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.latest_notes where org_id = '{{b}}';
