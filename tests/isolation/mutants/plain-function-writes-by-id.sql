-- mutant: A definer function that archives whichever project it is told
-- base: plain
-- family: function
-- leaks: nothing comes out, but projects of another organization are archived
create function app.archive_project(project uuid) returns void
language sql volatile security definer
set search_path = ''
as $$ update app.projects set archived = true where id = project $$;
revoke all on function app.archive_project(uuid) from public;
grant execute on function app.archive_project(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$ begin perform app.archive_project('{{b}}'); end $$;
