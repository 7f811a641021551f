-- mutant: A definer function without arguments and without a condition
-- base: flows
-- family: function
-- leaks: the names of all clients
create function flows.client_names() returns setof text
language sql stable security definer
set search_path = ''
begin atomic
  select legal_name from flows.clients;
end;
revoke all on function flows.client_names() from public;
grant execute on function flows.client_names() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select name from flows.client_names() as name where name like '%canary-globex%';
