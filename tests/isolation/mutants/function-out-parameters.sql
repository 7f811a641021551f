-- mutant: A definer function answers in its OUT parameters
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.invitation_state(asked uuid, out state text, out uses_left integer, out rights text[])
language plpgsql stable security definer set search_path = ''
as $$ begin
  select i.status, i.max_uses - i.used_count, i.permissions into state, uses_left, rights from flows.invitations i where i.id = asked;
end $$;
revoke all on function flows.invitation_state(uuid) from public;
grant execute on function flows.invitation_state(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.invitation_state('{{b}}') where state is not null;
