-- mutant: The client is told by the host that was asked
-- base: flows
-- family: context
-- leaks: rows of another client
create function flows_gate.client_of_host(host text) returns uuid
language sql stable security definer set search_path = ''
as $$ select c.id from flows.clients c where c.domain = host $$;
revoke all on function flows_gate.client_of_host(text) from public;
grant execute on function flows_gate.client_of_host(text) to authenticated;
alter policy client_applications_floor on flows.client_applications using (client_id = coalesce((
  select flows_gate.client_of_host(nullif(current_setting('request.headers', true), '')::json ->> 'host')), flows.current_client_id()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('request.headers', '{"host": "canary-globex.example.com"}', true);
select * from flows.client_applications where client_id = '{{b}}';
