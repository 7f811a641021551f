-- Makes one more storage bucket that all clients share, beside the one that each client has of its own: every client
-- works in the folder named by its id (<client id>/any/path) and sees no other. Replace {{bucket}} and put the text
-- into a migration (migrate:new). Files in it do not count against a client's tier.

insert into storage.buckets (id, name, public)
values ('{{bucket}}', '{{bucket}}', false)
on conflict (id) do nothing;

-- Restrictive, so that no other policy on storage.objects can open it; it says nothing about other buckets.
drop policy if exists "{{bucket}}_floor" on storage.objects;
create policy "{{bucket}}_floor" on storage.objects
  as restrictive for all to anon, authenticated
  using (
    bucket_id is distinct from '{{bucket}}'
    or (storage.foldername(name))[1] = (select flows.current_client_id()::text)
  )
  with check (
    bucket_id is distinct from '{{bucket}}'
    or (storage.foldername(name))[1] = (select flows.current_client_id()::text)
  );

drop policy if exists "{{bucket}}_all_own" on storage.objects;
create policy "{{bucket}}_all_own" on storage.objects
  for all to authenticated
  using (bucket_id = '{{bucket}}' and (storage.foldername(name))[1] = (select flows.current_client_id()::text))
  with check (bucket_id = '{{bucket}}' and (storage.foldername(name))[1] = (select flows.current_client_id()::text));
