-- mutant: A definer function whose client is the caller's by default, and any other if given
-- base: flows
-- family: function
-- leaks: the members of another client
create function flows.member_list(of_client uuid default flows.current_client_id())
returns table (user_id uuid, permissions text[])
language sql stable security definer
set search_path = ''
begin atomic
  select m.user_id, m.permissions from flows.client_members m where m.client_id = of_client;
end;
revoke all on function flows.member_list(uuid) from public;
grant execute on function flows.member_list(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.member_list('{{b}}');
