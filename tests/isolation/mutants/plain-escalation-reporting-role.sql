-- mutant: A reporting role that reads every organization, given to the API's users
-- base: plain
-- family: escalation
-- leaks: the notes of every organization, to whoever becomes the role or merely inherits its policy
-- undo: drop owned by app_reporting; drop role app_reporting
create role app_reporting nologin;
grant app_reporting to postgres;
grant usage on schema app to app_reporting;
grant select on app.notes to app_reporting;
create policy notes_select_reporting on app.notes
  for select to app_reporting using (true);
grant app_reporting to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
set local role app_reporting;
select body from app.notes where org_id = '{{b}}';
