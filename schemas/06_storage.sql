-- One bucket a client: who may touch what in it, and how much of it is used.

------------------------------------------------------------------ buckets ----

-- A bucket cannot vanish beneath its client, so nobody else can be given one of the same name.
alter table flows.client_buckets
  add constraint client_buckets_bucket_id_fkey foreign key (bucket_id) references storage.buckets (id);

-- Definer: staff have no rights in Supabase's storage schema, and could not be given them on hosted Supabase.
create function flows_private.add_client_bucket(of_client uuid, bucket text) returns void
language sql volatile security definer
set search_path = ''
begin atomic
  insert into storage.buckets (id, name, public) values (bucket, bucket, false);
  insert into flows.client_buckets (client_id, bucket_id) values (of_client, bucket);
end;
revoke all on function flows_private.add_client_bucket(uuid, text) from public;
grant execute on function flows_private.add_client_bucket(uuid, text) to flows_staff;

-- Definer: whoever asks for a file of the storage schema may have no right to look into flows at all.
create function flows_gate.current_bucket_id() returns text
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
begin
  return (select b.bucket_id from flows.client_buckets b where b.client_id = flows.current_client_id());
end
$$;
revoke all on function flows_gate.current_bucket_id() from public;
grant execute on function flows_gate.current_bucket_id() to anon, authenticated, service_role;

-- Definer: as above. Tells a bucket of some client from a bucket that is none of our business. The bucket of an erased
-- client is nobody's until its files are gone.
create function flows_gate.is_client_bucket(bucket text) returns boolean
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
begin
  return exists (select from flows.client_buckets b where b.bucket_id = bucket)
    or exists (select from flows_private.client_erasures e where e.bucket_id = bucket);
end
$$;
revoke all on function flows_gate.is_client_bucket(text) from public;
grant execute on function flows_gate.is_client_bucket(text) to anon, authenticated, service_role;

----------------------------------------------------------------- policies ----

-- The floor speaks of clients' buckets only: other buckets of the project keep their own rules.
-- The OR costs nothing here, since the Storage API always asks for one bucket by name.
drop policy if exists flows_objects_floor on storage.objects;
create policy flows_objects_floor on storage.objects
  as restrictive for all to anon, authenticated
  using (bucket_id = (select flows_gate.current_bucket_id()) or not flows_gate.is_client_bucket(bucket_id))
  with check (bucket_id = (select flows_gate.current_bucket_id()) or not flows_gate.is_client_bucket(bucket_id));

drop policy if exists flows_objects_all_own on storage.objects;
create policy flows_objects_all_own on storage.objects
  for all to authenticated
  using (bucket_id = (select flows_gate.current_bucket_id()))
  with check (bucket_id = (select flows_gate.current_bucket_id()));

drop policy if exists flows_buckets_floor on storage.buckets;
create policy flows_buckets_floor on storage.buckets
  as restrictive for all to anon, authenticated
  using (id = (select flows_gate.current_bucket_id()) or not flows_gate.is_client_bucket(id))
  with check (not flows_gate.is_client_bucket(id));

drop policy if exists flows_buckets_select_own on storage.buckets;
create policy flows_buckets_select_own on storage.buckets
  for select to authenticated
  using (id = (select flows_gate.current_bucket_id()));

------------------------------------------------------------------- counts ----

-- The bytes of a file as Supabase Storage notes them; 0 while it is being uploaded, and where the note is none.
create function flows_private.object_size(metadata jsonb) returns bigint
language sql immutable
set search_path = ''
begin atomic
  select coalesce(substring(metadata ->> 'size' from '^[0-9]{1,15}$')::bigint, 0);
end;
revoke all on function flows_private.object_size(jsonb) from public;

-- Definer: keeps the counts for whoever changes a file, and holds each client to its tier.
-- Buckets are locked in one order, so that two batches cannot block each other.
-- It sees every file of the project, so it must not fail over what is none of our business.
create function flows_private.count_objects() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  changes jsonb := '[]';
  over record;
begin
  if tg_op in ('INSERT', 'UPDATE') then
    select changes || coalesce(jsonb_agg(to_jsonb(d)), '[]') into changes from (
      select bucket_id, count(*) as objects, coalesce(sum(flows_private.object_size(metadata)), 0) as bytes
      from new_rows group by bucket_id) d;
  end if;
  if tg_op in ('DELETE', 'UPDATE') then
    select changes || coalesce(jsonb_agg(to_jsonb(d)), '[]') into changes from (
      select bucket_id, -count(*) as objects, -coalesce(sum(flows_private.object_size(metadata)), 0) as bytes
      from old_rows group by bucket_id) d;
  end if;

  perform from flows.client_buckets b
    where b.bucket_id in (select c ->> 'bucket_id' from jsonb_array_elements(changes) c)
    order by b.bucket_id
    for no key update;
  update flows.client_buckets b
    set object_count = b.object_count + d.objects, object_bytes = b.object_bytes + d.bytes
    from (
      select bucket_id, sum(objects) as objects, sum(bytes) as bytes
      from jsonb_to_recordset(changes) as c (bucket_id text, objects bigint, bytes bigint)
      group by bucket_id
    ) d
    where b.bucket_id = d.bucket_id and (d.objects <> 0 or d.bytes <> 0);

  if tg_op <> 'DELETE' then
    select c.client_code, b.object_bytes, t.storage_bytes into over
      from flows.client_buckets b
      join flows.clients c on c.id = b.client_id
      join flows.client_tiers t on t.tier = c.tier
      where b.bucket_id in (select c ->> 'bucket_id' from jsonb_array_elements(changes) c)
        and b.object_bytes > t.storage_bytes
      limit 1;
    if found then
      raise exception 'Client % would use % of % bytes', over.client_code, over.object_bytes, over.storage_bytes
        using errcode = 'check_violation', constraint = 'client_buckets_storage_bytes_check';
    end if;
  end if;
  return null;
end
$$;
revoke all on function flows_private.count_objects() from public;
create or replace trigger flows_count_insert after insert on storage.objects
  referencing new table as new_rows for each statement execute function flows_private.count_objects();
create or replace trigger flows_count_update after update on storage.objects
  referencing old table as old_rows new table as new_rows
  for each statement execute function flows_private.count_objects();
create or replace trigger flows_count_delete after delete on storage.objects
  referencing old table as old_rows for each statement execute function flows_private.count_objects();
