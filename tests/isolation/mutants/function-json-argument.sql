-- mutant: A definer function that is told the client inside a JSON filter
-- base: flows
-- family: function
-- leaks: the invitations of the client that the filter names
create function flows.search_invitations(filter jsonb) returns setof text
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return query
    select i.invitation_code from flows.invitations i
    where i.client_id = coalesce((filter ->> 'client_id')::uuid, flows.current_client_id());
end
$$;
revoke all on function flows.search_invitations(jsonb) from public;
grant execute on function flows.search_invitations(jsonb) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select code from flows.search_invitations('{"client_id": "{{b}}"}') as code;
