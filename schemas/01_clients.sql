-- The registry of clients, what each may use, who belongs to it and where its files are.

------------------------------------------------------------ client_tiers ----

-- Kept equal to config/client-tiers.json by db:init and migrate:up.
create table flows.client_tiers (
  tier text not null,
  max_users integer not null,
  storage_bytes bigint not null,
  features text[] not null default '{}',
  invitations_per_hour integer not null default 20000,
  usage_days integer not null default 400,
  constraint client_tiers_pkey primary key (tier),
  constraint client_tiers_tier_check check (tier ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(tier) <= 50),
  constraint client_tiers_max_users_check check (max_users > 0),
  constraint client_tiers_storage_bytes_check check (storage_bytes > 0),
  constraint client_tiers_invitations_per_hour_check check (invitations_per_hour > 0),
  constraint client_tiers_usage_days_check check (usage_days > 0)
);
insert into flows.client_tiers (tier, max_users, storage_bytes, features)
values
  ('free', 100, 1073741824, '{basic-auth,invitations}'),
  ('pro', 1000, 10737418240, '{basic-auth,invitations,analytics,sso}');

----------------------------------------------------------------- clients ----

-- The one table in which a key stands alone: codes and domains are unique among all clients.
-- It holds companies, never people: no contact, no address of a person.
create table flows.clients (
  id uuid not null default gen_random_uuid(),
  client_code text not null,
  legal_name text not null,
  domain text,
  region text not null,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deactivated_at timestamptz,
  tier text not null default 'free',
  constraint clients_pkey primary key (id),
  constraint clients_client_code_key unique (client_code),
  constraint clients_domain_key unique (domain),
  constraint clients_client_code_check check (
    client_code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(client_code) between 2 and 50
  ),
  constraint clients_legal_name_check check (length(btrim(legal_name)) between 1 and 200),
  constraint clients_domain_check check (
    length(domain) <= 253
    and domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$'
  ),
  constraint clients_region_check check (region in ('EU', 'US', 'APAC')),
  constraint clients_status_check check (status in ('active', 'inactive')),
  constraint clients_deactivated_at_check check ((status = 'inactive') = (deactivated_at is not null)),
  constraint clients_tier_fkey foreign key (tier) references flows.client_tiers (tier) on update cascade
);
create index clients_created_at_idx on flows.clients (created_at desc);
create index clients_tier_idx on flows.clients (tier);
create trigger clients_touch before update on flows.clients
  for each row execute function flows_private.touch_updated_at();

---------------------------------------------------------- client_members ----

-- A person's account inside a client, known by the id of its sign-in and by nothing else.
create table flows.client_members (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  role text not null default 'member',
  permissions text[] not null default '{}',
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint client_members_pkey primary key (client_id, id),
  constraint client_members_client_id_user_id_key unique (client_id, user_id),
  constraint client_members_role_check check (role in ('member', 'admin')),
  constraint client_members_status_check check (status in ('active', 'inactive')),
  constraint client_members_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index client_members_client_id_created_at_idx on flows.client_members (client_id, created_at desc);
create index client_members_user_id_idx on flows.client_members (user_id);
create trigger client_members_touch before update on flows.client_members
  for each row execute function flows_private.touch_updated_at();

---------------------------------------------------------- client_buckets ----

-- The storage bucket of a client and what lies in it; the counts are kept by 06_storage.sql.
create table flows.client_buckets (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  bucket_id text not null,
  object_count bigint not null default 0,
  object_bytes bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint client_buckets_pkey primary key (client_id, id),
  constraint client_buckets_client_id_key unique (client_id),
  constraint client_buckets_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index client_buckets_client_id_created_at_idx on flows.client_buckets (client_id, created_at desc);
create index client_buckets_bucket_id_idx on flows.client_buckets (bucket_id);

------------------------------------------------------------- client_keys ----

-- One random key per client and epoch, wrapped by the master key that is never in the database.
create table flows_private.client_keys (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  epoch integer not null,
  state text not null default 'active',
  wrapped_key bytea,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  constraint client_keys_pkey primary key (client_id, id),
  constraint client_keys_client_id_epoch_key unique (client_id, epoch),
  constraint client_keys_epoch_check check (epoch > 0),
  constraint client_keys_state_check check (state in ('active', 'retiring', 'revoked', 'shredded')),
  constraint client_keys_wrapped_key_check check ((state = 'shredded') = (wrapped_key is null)),
  constraint client_keys_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create unique index client_keys_client_id_active_idx on flows_private.client_keys (client_id)
  where state = 'active';
create index client_keys_client_id_created_at_idx on flows_private.client_keys (client_id, created_at desc);

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

------------------------------------------------------- access to one's client ----

-- A client reads its own row of the registry through this view, under its own rights.
create view flows.current_client with (security_invoker = true) as
select id, client_code, legal_name, domain, region, status, created_at, tier
from flows.clients
where id = (select flows.current_client_id());

-- Runs inside Supabase Auth, as supabase_auth_admin, whenever an access token is issued.
-- A user of several clients gets the one that the session already has, else the first it joined.
create function flows.access_token_hook(event jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  metadata jsonb := case jsonb_typeof(event -> 'claims' -> 'app_metadata')
    when 'object' then event -> 'claims' -> 'app_metadata' else '{}' end;
  membership jsonb;
begin
  select jsonb_build_object(
      'client_id', c.id,
      'client_code', c.client_code,
      'client_role', m.role,
      'client_permissions', m.permissions
    ) into membership
    from flows.client_members m
    join flows.clients c on c.id = m.client_id
    where m.user_id = (event ->> 'user_id')::uuid and m.status = 'active' and c.status = 'active'
    order by (m.client_id::text = metadata ->> 'client_id') desc nulls last, m.created_at, m.client_id
    limit 1;
  metadata := metadata - '{client_id,client_code,client_role,client_permissions}'::text[];
  return jsonb_set(
    event,
    '{claims}',
    coalesce(event -> 'claims', '{}') || jsonb_build_object('app_metadata', metadata || coalesce(membership, '{}'))
  );
end
$$;
revoke all on function flows.access_token_hook(jsonb) from public;
grant execute on function flows.access_token_hook(jsonb) to supabase_auth_admin;
comment on function flows.access_token_hook(jsonb) is
  'Custom access token hook of Supabase Auth: puts client_id, client_code, client_role and client_permissions '
  'of the user''s membership into app_metadata, and takes them out where there is none.';
