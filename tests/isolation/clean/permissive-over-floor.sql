-- clean: Careless permissive policies that the floor holds
-- base: flows
create policy invitations_anything on flows.invitations
  for all to public
  using (true)
  with check (true);
alter policy client_members_all_staff on flows.client_members to flows_staff, authenticated;
create policy client_applications_tautology on flows.client_applications
  for select to authenticated
  using (client_id = client_id or app_name like '%');
create policy clients_select_user_metadata on flows.clients
  for select to authenticated
  using (id::text = (select auth.jwt() -> 'user_metadata' ->> 'client_id'));
grant update (permissions) on flows.client_members to authenticated;
grant insert (client_id, app_code, app_name), delete on flows.client_applications to authenticated;
create policy client_applications_write on flows.client_applications
  for all to authenticated
  using (true)
  with check (true);
grant select on flows.invitations to anon;
