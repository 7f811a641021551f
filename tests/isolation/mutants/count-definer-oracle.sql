-- mutant: A definer function that answers yes or no about the client it is asked for
-- base: flows
-- family: count
-- leaks: whether another client has any pending invitation
create function flows.has_pending_invitations(of_client uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return exists (select from flows.invitations i where i.client_id = of_client and i.status = 'pending');
end
$$;
revoke all on function flows.has_pending_invitations(uuid) from public;
grant execute on function flows.has_pending_invitations(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select 'has some' where flows.has_pending_invitations('{{b}}');
