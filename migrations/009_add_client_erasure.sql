-- A client can be erased: the ledger of those that were, how long things are kept, one way to erase again.

alter table flows.audit_events
  drop constraint audit_events_verb_check,
  add constraint audit_events_verb_check
    check (verb in ('insert', 'update', 'delete', 'truncate', 'refuse', 'restore', 'erase'));

---------------------------------------------------------- client_erasures ----

-- The ledger of erased clients: for each the certificate, and its code, so that nobody else is given it by accident.
-- It is the operator's: the column is not called client_id, or the ledger would be erased with the client. No foreign
-- key: it outlives what it speaks of. It holds no name and no address of a person.
create table flows_private.client_erasures (
  id uuid not null default gen_random_uuid(),
  erased_client uuid not null,
  client_code text not null,
  reason text not null,
  erased_at timestamptz not null,
  -- how long the trail of the client is kept
  audit_days integer not null,
  -- the storage bucket whose files are still to be deleted
  bucket_id text,
  -- null until nothing is left to be done
  completed_at timestamptz,
  -- null unless somebody brought the client back
  restored_at timestamptz,
  -- whether another client may have the code
  is_code_free boolean not null default false,
  certificate jsonb not null,
  constraint client_erasures_pkey primary key (id),
  constraint client_erasures_reason_check check (reason in ('request', 'retention', 'mistake')),
  constraint client_erasures_audit_days_check check (audit_days > 0),
  constraint client_erasures_completed_at_check check (completed_at is null or bucket_id is null)
);
create index client_erasures_client_code_idx on flows_private.client_erasures (client_code, erased_at desc);
create index client_erasures_erased_client_idx on flows_private.client_erasures (erased_client, erased_at desc);
create index client_erasures_bucket_id_idx on flows_private.client_erasures (bucket_id)
  where bucket_id is not null;

alter table flows_private.client_erasures enable row level security, force row level security;
revoke all on flows_private.client_erasures from public, anon, authenticated, service_role;

grant select, update (is_code_free) on flows_private.client_erasures to flows_staff;
-- nothing for an API role, service_role included
-- no insert for staff: a client is erased by the role that owns the tables
-- no delete: what was erased stays erased

create policy client_erasures_all_staff on flows_private.client_erasures
  for all to flows_staff
  using (true)
  with check (true);

-- After the insert, so that whoever waited for an erasure of this moment sees what it wrote.
create function flows_private.refuse_erased_code() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
  if exists (
    select from flows_private.client_erasures e where e.client_code = new.client_code and not e.is_code_free
  ) then
    raise exception 'The code % belonged to a client that was erased', new.client_code
      using errcode = 'unique_violation', constraint = 'clients_erased_code_check';
  end if;
  return null;
end
$$;
revoke all on function flows_private.refuse_erased_code() from public;
create trigger clients_refuse_erased_code after insert on flows.clients
  for each row execute function flows_private.refuse_erased_code();

----------------------------------------------------------- its last bucket ----

-- Definer: whoever asks for a file of the storage schema may have no right to look into flows at all.
-- It tells a bucket of some client from a bucket that is none of our business. The bucket of an erased
-- client is nobody's until its files are gone.
create or replace function flows_gate.is_client_bucket(bucket text) returns boolean
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
begin
  return exists (select from flows.client_buckets b where b.bucket_id = bucket)
    or exists (select from flows_private.client_erasures e where e.bucket_id = bucket);
end
$$;

----------------------------------------------------------- what came back ----

-- Erases again whoever stands in the ledger of invitations and was brought back, of one client or of all; how many
-- that were. For every restore, whoever does it.
create function flows_private.erase_again(of_client uuid) returns bigint
language sql volatile
set search_path = ''
begin atomic
  with back as (
    select e.client_id, e.invitation_id
    from flows_private.erasures e
    join flows_private.invitation_secrets s on s.client_id = e.client_id and s.invitation_id = e.invitation_id
    join flows.invitations i on i.client_id = e.client_id and i.id = e.invitation_id
    where (of_client is null or e.client_id = of_client)
      and (s.token_hash is not null or s.pii_salt is not null or i.status <> 'erased')
  ), secrets as (
    update flows_private.invitation_secrets s
    set token_hash = null, pii_salt = null
    from back
    where s.client_id = back.client_id and s.invitation_id = back.invitation_id
  ), again as (
    update flows.invitations i
    set status = 'erased', revoked_at = null
    from back
    where i.client_id = back.client_id and i.id = back.invitation_id
    returning i.id
  )
  select count(*) from again;
end;
revoke all on function flows_private.erase_again(uuid) from public;
grant execute on function flows_private.erase_again(uuid) to flows_staff;

---------------------------------------------------------------- retention ----

-- How long, in days: invitations after their end, and the trail. usage_days came with 007.
alter table flows.client_tiers
  add column invitation_days integer not null default 365,
  add column audit_days integer not null default 1095,
  add constraint client_tiers_invitation_days_check check (invitation_days > 0),
  add constraint client_tiers_audit_days_check check (audit_days > 0);
grant update (invitation_days, audit_days) on flows.client_tiers to flows_staff;

-------------------------------------------------------------------- audit ----

select flows_private.audit_table('flows_private.client_erasures', '{reason,is_code_free}');
select flows_private.audit_table(
  'flows.client_tiers',
  '{max_users,storage_bytes,features,invitations_per_hour,usage_days,invitation_days,audit_days}');
