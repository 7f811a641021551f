-- Tiers: what a client may use, enforced in the database, whichever door is taken.

------------------------------------------------------------ client_tiers ----

-- Kept equal to config/client-tiers.json by db:init and migrate:up.
create table flows.client_tiers (
  tier text not null,
  max_users integer not null,
  storage_bytes bigint not null,
  features text[] not null default '{}',
  constraint client_tiers_pkey primary key (tier),
  constraint client_tiers_tier_check check (tier ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(tier) <= 50),
  constraint client_tiers_max_users_check check (max_users > 0),
  constraint client_tiers_storage_bytes_check check (storage_bytes > 0)
);
insert into flows.client_tiers (tier, max_users, storage_bytes, features)
values
  ('free', 100, 1073741824, '{basic-auth,invitations}'),
  ('pro', 1000, 10737418240, '{basic-auth,invitations,analytics,sso}');

----------------------------------------------------------------- clients ----

alter table flows.clients add column tier text not null default 'free';
alter table flows.clients
  add constraint clients_tier_fkey foreign key (tier) references flows.client_tiers (tier) on update cascade;
create index clients_tier_idx on flows.clients (tier);
grant select (tier) on flows.clients to authenticated;
grant update (tier) on flows.clients to flows_staff;

create or replace view flows.current_client with (security_invoker = true) as
select id, client_code, legal_name, domain, region, status, created_at, tier
from flows.clients
where id = (select flows.current_client_id());

----------------------------------------------------------- limits of a tier ----

-- Definer: whoever adds a member must be held to the whole client's count, which it may not see.
-- The client's row is locked first and its tier read after that, so that two at once are counted one after the
-- other, and a tier that changes meanwhile is the one that holds.
create function flows_private.hold_member_limit() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  code text;
  allowed integer;
  used bigint;
begin
  perform from flows.clients c where c.id = new.client_id for no key update;
  select c.client_code, t.max_users into code, allowed
    from flows.clients c join flows.client_tiers t on t.tier = c.tier
    where c.id = new.client_id;
  select count(*) into used
    from flows.client_members m
    where m.client_id = new.client_id and m.status = 'active' and m.user_id <> new.user_id;
  if used >= allowed then
    raise exception 'Client % has % of % members', code, used, allowed
      using errcode = 'check_violation', constraint = 'client_members_max_users_check';
  end if;
  return new;
end
$$;
revoke all on function flows_private.hold_member_limit() from public;
create trigger client_members_hold_limit before insert or update of status on flows.client_members
  for each row when (new.status = 'active') execute function flows_private.hold_member_limit();

-- Definer: as above.
create function flows_private.refuse_tier_below_use() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  -- null where a tier changes, and with it all its clients
  changed_client uuid := (to_jsonb(new) ->> 'id')::uuid;
  over record;
begin
  select c.client_code, u.members, u.bytes, t.max_users, t.storage_bytes into over
    from flows.clients c
    join flows.client_tiers t on t.tier = c.tier
    cross join lateral (
      select
        (select count(*) from flows.client_members m where m.client_id = c.id and m.status = 'active') as members,
        (select coalesce(sum(b.object_bytes), 0) from flows.client_buckets b where b.client_id = c.id) as bytes
    ) u
    where c.tier = new.tier and c.id = coalesce(changed_client, c.id)
      and (u.members > t.max_users or u.bytes > t.storage_bytes)
    order by c.client_code
    limit 1;
  if found then
    raise exception 'Client % uses % of % members and % of % bytes',
      over.client_code, over.members, over.max_users, over.bytes, over.storage_bytes
      using errcode = 'check_violation', constraint = 'clients_tier_limits_check';
  end if;
  return null;
end
$$;
revoke all on function flows_private.refuse_tier_below_use() from public;
create trigger clients_refuse_tier_below_use after update of tier on flows.clients
  for each row execute function flows_private.refuse_tier_below_use();
create trigger client_tiers_refuse_below_use after update on flows.client_tiers
  for each row when (new.max_users < old.max_users or new.storage_bytes < old.storage_bytes)
  execute function flows_private.refuse_tier_below_use();

-- Definer: keeps the counts for whoever changes a file, and holds each client to its tier.
-- Buckets are locked in one order, so that two batches cannot block each other.
-- It sees every file of the project, so it must not fail over what is none of our business.
create or replace function flows_private.count_objects() returns trigger
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

-------------------------------------------------------------- client_tiers ----

alter table flows.client_tiers enable row level security, force row level security;
revoke all on flows.client_tiers from public, anon, authenticated, service_role;

grant select on flows.client_tiers to authenticated, service_role;
grant select, insert, update (max_users, storage_bytes, features) on flows.client_tiers to flows_staff;
-- no delete: a tier may be what a backup's client had

create policy client_tiers_select_own on flows.client_tiers
  for select to authenticated
  using (tier = (select c.tier from flows.current_client c));

create policy client_tiers_all_staff on flows.client_tiers
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------------- audit ----

select flows_private.audit_table('flows.client_tiers', '{max_users,storage_bytes,features}');
select flows_private.audit_table('flows.clients', '{tier,region,status}');
