-- mutant: An invoker view whose rows come out of a definer function
-- base: flows
-- family: read
-- leaks: the members of every client
create function flows_gate.all_members() returns setof flows.client_members
language sql stable security definer
set search_path = ''
begin atomic
  select * from flows.client_members;
end;
revoke all on function flows_gate.all_members() from public;
grant execute on function flows_gate.all_members() to authenticated;
create view flows.colleagues with (security_invoker = true) as
  select client_id, user_id, permissions from flows_gate.all_members();
grant select on flows.colleagues to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select user_id, permissions from flows.colleagues where client_id = '{{b}}';
