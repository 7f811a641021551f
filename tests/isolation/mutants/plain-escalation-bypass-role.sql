-- mutant: A reporting role that no policy binds, given to the API's users
-- base: plain
-- family: escalation
-- leaks: everything, to whoever becomes the role
-- undo: drop owned by app_reporting; drop role app_reporting
create role app_reporting nologin bypassrls;
grant app_reporting to postgres;
grant usage on schema app to app_reporting;
grant select on all tables in schema app to app_reporting;
grant app_reporting to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
set local role app_reporting;
select body from app.notes where org_id = '{{b}}';
