-- mutant: Names of projects are unique over all organizations
-- base: plain
-- family: unique
-- leaks: whether any other organization has a project of a name
alter table app.projects add constraint projects_name_key unique (name);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$
begin
  insert into app.projects (org_id, name) values ('{{a}}', 'project {{b}}');
  raise exception 'free';
exception
  when raise_exception then
    null;
  when unique_violation then
    perform set_config('exploit.seen', 'taken', true);
end
$$;
select 'taken' where current_setting('exploit.seen', true) = 'taken';
