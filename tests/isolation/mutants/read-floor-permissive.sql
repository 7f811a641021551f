-- mutant: A floor written as a permissive policy, which another permissive policy opens
-- base: flows
-- family: read
-- leaks: the redemptions of every client
drop policy invitation_redemptions_floor on flows.invitation_redemptions;
create policy invitation_redemptions_floor on flows.invitation_redemptions
  as permissive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.invitation_redemptions where client_id = '{{b}}';
