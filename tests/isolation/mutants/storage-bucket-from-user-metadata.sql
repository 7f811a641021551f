-- mutant: The bucket of the caller is that of the client in user_metadata, which users write
-- base: flows
-- family: storage
-- leaks: the files of the client that a user says it is of
create or replace function flows_gate.current_bucket_id() returns text
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
declare
  claims json := nullif(current_setting('request.jwt.claims', true), '')::json;
begin
  return (
    select b.bucket_id from flows.client_buckets b
    where b.client_id = coalesce(
      claims -> 'user_metadata' ->> 'client_id', claims -> 'app_metadata' ->> 'client_id')::uuid);
end
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}, "user_metadata": {"client_id": "{{b}}"}}
select name from storage.objects where bucket_id = 'flows-{{b}}';
