-- mutant: A setting left behind in the session counts more than the token
-- base: flows
-- family: context
-- leaks: everything of the client that the session served before
create or replace function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  return coalesce(
    nullif(current_setting('flows.client_id', true), ''),
    claims::json -> 'app_metadata' ->> 'client_id')::uuid;
end
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('flows.client_id', '{{b}}', true);
select id, permissions from flows.invitations where client_id = '{{b}}';
