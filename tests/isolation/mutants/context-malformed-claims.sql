-- mutant: Claims that cannot be read count as none, and the setting decides
-- base: flows
-- family: context
-- leaks: everything of the client in the setting, to whoever sends a broken token
create or replace function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  return (claims::json -> 'app_metadata' ->> 'client_id')::uuid;
exception
  when data_exception then
    return nullif(current_setting('flows.client_id', true), '')::uuid;
end
$$;

-- exploit as authenticated claims {"app_metadata"
select set_config('flows.client_id', '{{b}}', true);
select id, permissions from flows.invitations where client_id = '{{b}}';
