-- mutant: A definer function that counts the projects of all organizations
-- base: plain
-- family: count
-- leaks: how many projects there are in all
create function app.project_count() returns bigint
language sql stable security definer
set search_path = ''
as $$ select count(*) from app.projects $$;
revoke all on function app.project_count() from public;
grant execute on function app.project_count() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select total from app.project_count() as total where total > (select count(*) from app.projects);
