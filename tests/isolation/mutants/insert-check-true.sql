-- mutant: A floor that does not look at what is written
-- base: flows
-- family: insert
-- leaks: nothing comes out, but an administrator installs applications at another client
grant insert (client_id, app_code, app_name) on flows.client_applications to authenticated;
create policy client_applications_insert_admin on flows.client_applications
  for insert to authenticated
  with check ((select flows.current_client_role()) = 'admin');
alter policy client_applications_floor on flows.client_applications with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "admin"}}
insert into flows.client_applications (client_id, app_code, app_name) values ('{{b}}', 'planted', 'Planted');
