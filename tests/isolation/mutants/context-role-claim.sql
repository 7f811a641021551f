-- mutant: A floor with an OR for whoever has flows_staff in the claim role, whatever role the session has
-- base: flows
-- family: context
-- leaks: the applications of every client
alter policy client_applications_floor on flows.client_applications
  using (client_id = (select flows.current_client_id()) or (select auth.jwt() ->> 'role') = 'flows_staff');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "flows_staff", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select app_name, settings from flows.client_applications where client_id = '{{b}}';
