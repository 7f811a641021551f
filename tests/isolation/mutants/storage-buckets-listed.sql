-- mutant: The floor of the buckets is gone, under a policy that lists them
-- base: flows
-- family: storage
-- leaks: the buckets of every client
drop policy flows_buckets_floor on storage.buckets;
create policy flows_buckets_select on storage.buckets
  for select to authenticated
  using (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select id from storage.buckets where id = 'flows-{{b}}';
