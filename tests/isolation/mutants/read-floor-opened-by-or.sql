-- mutant: A floor with an OR for administrators, who are administrators of their own client only
-- base: flows
-- family: read
-- leaks: the members of every client, to the administrator of any
alter policy client_members_floor on flows.client_members
  using (client_id = (select flows.current_client_id()) or (select flows.current_client_role()) = 'admin');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "admin"}}
select user_id, permissions from flows.client_members where client_id = '{{b}}';
