-- mutant: A local check option does not ask the view beneath
-- base: flows
-- family: view-write
-- leaks: nothing comes out, but a row of another client is overwritten
create view flows_private.own_applications as
  select client_id, id, app_code, app_name, settings from flows.client_applications where client_id = flows.current_client_id();
create view flows.plain_applications as
  select client_id, id, app_code, app_name from flows_private.own_applications where app_name <> '' with local check option;
grant select, insert on flows.plain_applications to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.plain_applications (client_id, app_code, app_name) values ('{{b}}', 'planted', 'Planted');
