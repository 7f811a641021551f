-- mutant: The client of the caller is read from a header of the request
-- base: flows
-- family: context
-- leaks: everything of the client that the caller writes into x-client-id
create or replace function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  return coalesce(
    nullif(current_setting('request.headers', true), '')::json ->> 'x-client-id',
    claims::json -> 'app_metadata' ->> 'client_id')::uuid;
end
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('request.headers', '{"x-client-id": "{{b}}"}', true);
select id, permissions from flows.invitations where client_id = '{{b}}';
