-- mutant: Files that nobody is noted to own are everybody's
-- base: flows
-- family: storage
-- leaks: files of another client
alter policy flows_objects_floor on storage.objects using (
  bucket_id = (select flows_gate.current_bucket_id()) or not flows_gate.is_client_bucket(bucket_id) or owner is null);
create policy unowned_objects on storage.objects for select to authenticated using (owner is null);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from storage.objects where bucket_id = 'flows-{{b}}';
