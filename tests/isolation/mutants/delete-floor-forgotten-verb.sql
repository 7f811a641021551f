-- mutant: A floor made verb by verb, of which the one for DELETE is missing
-- base: flows
-- family: delete
-- leaks: nothing comes out, but the members of every client are deleted at once
grant delete on flows.client_members to authenticated;
create policy client_members_delete_admin on flows.client_members
  for delete to authenticated
  using ((select flows.current_client_role()) = 'admin');
drop policy client_members_floor on flows.client_members;
create policy client_members_floor_select on flows.client_members
  as restrictive for select to anon, authenticated
  using (client_id = (select flows.current_client_id()));
create policy client_members_floor_insert on flows.client_members
  as restrictive for insert to anon, authenticated
  with check (client_id = (select flows.current_client_id()));
create policy client_members_floor_update on flows.client_members
  as restrictive for update to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "admin"}}
delete from flows.client_members where true;
