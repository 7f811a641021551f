-- mutant: The floor of the files is gone, under a policy that goes by the prefix of the bucket
-- base: flows
-- family: storage
-- leaks: the files of every client
drop policy flows_objects_floor on storage.objects;
create policy flows_objects_select on storage.objects
  for select to authenticated
  using (bucket_id like 'flows-%');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select name from storage.objects where bucket_id = 'flows-{{b}}';
