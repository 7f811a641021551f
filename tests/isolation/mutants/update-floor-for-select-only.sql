-- mutant: A floor for SELECT only, under a policy that lets administrators update
-- base: flows
-- family: update
-- leaks: nothing comes out, but the settings of every client are overwritten at once
drop policy client_applications_floor on flows.client_applications;
create policy client_applications_floor on flows.client_applications
  as restrictive for select to anon, authenticated
  using (client_id = (select flows.current_client_id()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "admin"}}
update flows.client_applications set settings = '{"closed": true}';
