-- mutant: An invitation is redeemed by its id alone, the hash of its token taken from our own table
-- base: flows
-- family: function
-- leaks: nothing comes out, but anyone becomes a member of another client
create function flows.redeem_invitation_by_id(invitation uuid) returns boolean
language sql volatile security definer
set search_path = ''
begin atomic
  select r.redeemed
  from flows.invitations i
  join flows.clients c on c.id = i.client_id
  join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
  cross join lateral flows_private.redeem(c.client_code, i.id, s.token_hash, auth.uid()) r
  where i.id = invitation;
end;
revoke all on function flows.redeem_invitation_by_id(uuid) from public;
grant execute on function flows.redeem_invitation_by_id(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select 'is a member now' where flows.redeem_invitation_by_id('{{b}}');
