-- mutant: The floor of the files does not look at where a file is written
-- base: flows
-- family: storage
-- leaks: nothing comes out, but files are put into the bucket of another client
alter policy flows_objects_floor on storage.objects with check (true);
create policy flows_objects_insert on storage.objects
  for insert to authenticated
  with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into storage.objects (bucket_id, name) values ('flows-{{b}}', 'planted.pdf');
