-- mutant: A definer function lists what was issued between two times
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.issued_between(since timestamptz, until timestamptz) returns setof flows.invitations
language sql stable security definer set search_path = ''
as $$ select i.* from flows.invitations i where i.created_at >= since and i.created_at < until $$;
revoke all on function flows.issued_between(timestamptz, timestamptz) from public;
grant execute on function flows.issued_between(timestamptz, timestamptz) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.issued_between('-infinity', 'infinity') where client_id = '{{b}}';
