-- mutant: The client of the caller is read from user_metadata, which users write
-- base: flows
-- family: context
-- leaks: everything of the client that a user says it is of
create or replace function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  return coalesce(
    claims::json -> 'user_metadata' ->> 'client_id',
    claims::json -> 'app_metadata' ->> 'client_id')::uuid;
end
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}, "user_metadata": {"client_id": "{{b}}"}}
select id, permissions from flows.invitations where client_id = '{{b}}';
