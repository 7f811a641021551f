-- mutant: A definer function that is told no client counts them all
-- base: flows
-- family: count
-- leaks: how many rows others have
create function flows.pending_invitations(of_client uuid default null) returns bigint
language plpgsql stable security definer set search_path = ''
as $$ begin
  if of_client is not null and of_client is distinct from flows.current_client_id() then
    raise exception 'Not your client' using errcode = 'insufficient_privilege';
  end if;
  return (select count(*) from flows.invitations i where i.status = 'pending' and (of_client is null or i.client_id = of_client));
end $$;
revoke all on function flows.pending_invitations(uuid) from public;
grant execute on function flows.pending_invitations(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select 1 where flows.pending_invitations() > (select count(*) from flows.invitations where status = 'pending');
