-- mutant: The floor of the files compares only the part of the bucket's name that all clients share
-- base: flows
-- family: storage
-- leaks: the files of every client
alter policy flows_objects_floor on storage.objects
  using (split_part(bucket_id, '-', 1) = split_part((select flows_gate.current_bucket_id()), '-', 1));
alter policy flows_objects_all_own on storage.objects using (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select name from storage.objects where bucket_id = 'flows-{{b}}';
