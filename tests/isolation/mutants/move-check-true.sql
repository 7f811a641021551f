-- mutant: Members may be edited, client_id too, and the floor looks only at the row as it was
-- base: flows
-- family: move
-- leaks: nothing comes out, but a row of one's own becomes one of another client: its owner is a member there
grant update on flows.client_members to authenticated;
create policy client_members_update_own on flows.client_members
  for update to authenticated
  using (true);
alter policy client_members_floor on flows.client_members with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
update flows.client_members set client_id = '{{b}}';
