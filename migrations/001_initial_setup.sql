-- The whole of flows-db's schema as of 0.1.0, without tiers. What it has become since stands in schemas/.

-- What everything else stands on: schemas, the staff role, and the answer to "which client is asking?".

----------------------------------------------------------------- schemas ----

-- flows          what the API exposes: tables, views and functions
-- flows_gate     the few functions that may do more than their caller; not exposed, so never an RPC
-- flows_private  keys, hashes and machinery; no API role may even look a name up in it
create schema if not exists flows;
create schema if not exists flows_gate;
create schema if not exists flows_private;

-- The text under which each migration was applied. The migrator makes it before the first migration.
create table if not exists flows_private.migration_checksums (
  version text primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  -- null while a file that runs outside a transaction is running, or was when it was cut off
  duration_ms integer,
  applied_by text not null default current_user,
  tool text not null
);
alter table flows_private.migration_checksums enable row level security;

------------------------------------------------------------------- roles ----

-- Staff are the operator's own people: a database role of their own, outside every client's floor.
-- No login of the API may become it.
do $$
begin
  if not exists (select from pg_roles where rolname = 'flows_staff') then
    create role flows_staff nologin;
  end if;
end
$$;
grant flows_staff to current_user;

revoke all on schema flows, flows_gate, flows_private from public;
grant usage on schema flows to anon, authenticated, service_role, flows_staff, supabase_auth_admin;
grant usage on schema flows_gate to anon, authenticated, service_role, flows_staff;
grant usage on schema flows_private to flows_staff;

------------------------------------------------------ which client is asking ----

-- Definer: a caller may not read the registry, yet every row it asks for depends on one answer from it.
-- It answers about the id it is given and tells nothing but whether that client is active.
create function flows_gate.active_client_id(claimed_id text) returns uuid
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
begin
  if claimed_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    return (select c.id from flows.clients c where c.id = claimed_id::uuid and c.status = 'active');
  end if;
  return null;
end
$$;
revoke all on function flows_gate.active_client_id(text) from public;
grant execute on function flows_gate.active_client_id(text) to anon, authenticated, service_role, flows_staff;

-- Claims decide if there are any; the setting of a trusted connection counts only where there are none,
-- so that a setting left behind can never override a token. user_metadata is never read: users write it.
create function flows.current_client_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := nullif(current_setting('request.jwt.claims', true), '');
begin
  if claims is null then
    return nullif(current_setting('flows.client_id', true), '')::uuid;
  end if;
  return flows_gate.active_client_id(claims::json -> 'app_metadata' ->> 'client_id');
end
$$;
revoke all on function flows.current_client_id() from public;
grant execute on function flows.current_client_id() to anon, authenticated, service_role, flows_staff;
comment on function flows.current_client_id() is
  'The client of the caller: app_metadata.client_id of its access token while that client is active, '
  'else the transaction setting flows.client_id if there is no token at all, else null.';

create function flows.current_client_role() returns text
language plpgsql stable parallel safe
set search_path = ''
as $$
begin
  return nullif(current_setting('request.jwt.claims', true), '')::json -> 'app_metadata' ->> 'client_role';
end
$$;
revoke all on function flows.current_client_role() from public;
grant execute on function flows.current_client_role() to anon, authenticated, service_role, flows_staff;
comment on function flows.current_client_role() is
  'What the caller is inside its client: member or admin, as its access token says.';

create function flows_private.touch_updated_at() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
revoke all on function flows_private.touch_updated_at() from public;

-- The registry of clients, what each may use, who belongs to it and where its files are.

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
  constraint clients_deactivated_at_check check ((status = 'inactive') = (deactivated_at is not null))
);
create index clients_created_at_idx on flows.clients (created_at desc);
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

------------------------------------------------------- access to one's client ----

-- A client reads its own row of the registry through this view, under its own rights.
create view flows.current_client with (security_invoker = true) as
select id, client_code, legal_name, domain, region, status, created_at
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

-- The Flows applications that a client uses.

----------------------------------------------------- client_applications ----

create table flows.client_applications (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  app_code text not null,
  app_name text not null,
  permissions text[] not null default '{}',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint client_applications_pkey primary key (client_id, id),
  constraint client_applications_client_id_app_code_key unique (client_id, app_code),
  constraint client_applications_app_code_check check (
    app_code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(app_code) between 2 and 50
  ),
  constraint client_applications_app_name_check check (length(btrim(app_name)) between 1 and 200),
  constraint client_applications_settings_check check (jsonb_typeof(settings) = 'object'),
  constraint client_applications_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index client_applications_client_id_created_at_idx
  on flows.client_applications (client_id, created_at desc);
create trigger client_applications_touch before update on flows.client_applications
  for each row execute function flows_private.touch_updated_at();

-- Invitations: what the database knows of a token that it never holds. No name, no address, no token.

------------------------------------------------------------- invitations ----

create table flows.invitations (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  app_id uuid not null,
  invitation_code text not null,
  status text not null default 'pending',
  permissions text[] not null default '{}',
  max_uses integer not null default 1,
  used_count integer not null default 0,
  key_epoch integer not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invitations_pkey primary key (client_id, id),
  constraint invitations_client_id_invitation_code_key unique (client_id, invitation_code),
  constraint invitations_status_check check (
    status in ('pending', 'redeemed', 'revoked', 'expired', 'superseded', 'erased')
  ),
  constraint invitations_max_uses_check check (max_uses between 1 and 10000),
  constraint invitations_used_count_check check (used_count between 0 and max_uses),
  constraint invitations_revoked_at_check check ((status = 'revoked') = (revoked_at is not null)),
  constraint invitations_client_id_fkey foreign key (client_id) references flows.clients (id),
  constraint invitations_client_id_app_id_fkey
    foreign key (client_id, app_id) references flows.client_applications (client_id, id)
);
create index invitations_client_id_created_at_idx on flows.invitations (client_id, created_at desc);
create index invitations_client_id_app_id_idx on flows.invitations (client_id, app_id);
create index invitations_client_id_expires_at_idx on flows.invitations (client_id, expires_at)
  where status = 'pending';
create trigger invitations_touch before update on flows.invitations
  for each row execute function flows_private.touch_updated_at();

-- Apart from the invitation, so that what proves and opens a token is never beside what an API role reads,
-- and so that erasing one person leaves its dead copy in a small table that VACUUM clears at once.
create table flows_private.invitation_secrets (
  client_id uuid not null,
  invitation_id uuid not null,
  token_hash bytea,
  pii_salt bytea,
  constraint invitation_secrets_pkey primary key (client_id, invitation_id),
  constraint invitation_secrets_token_hash_check check (length(token_hash) = 32),
  constraint invitation_secrets_pii_salt_check check (length(pii_salt) = 16),
  constraint invitation_secrets_client_id_invitation_id_fkey
    foreign key (client_id, invitation_id) references flows.invitations (client_id, id) on delete cascade
);

------------------------------------------------- invitation_redemptions ----

create table flows.invitation_redemptions (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  invitation_id uuid not null,
  use_number integer not null,
  user_id uuid,
  created_at timestamptz not null default now(),
  constraint invitation_redemptions_pkey primary key (client_id, id),
  constraint invitation_redemptions_use_number_key unique (client_id, invitation_id, use_number),
  constraint invitation_redemptions_user_id_key unique (client_id, invitation_id, user_id),
  constraint invitation_redemptions_use_number_check check (use_number > 0),
  constraint invitation_redemptions_invitation_id_fkey
    foreign key (client_id, invitation_id) references flows.invitations (client_id, id)
);
create index invitation_redemptions_client_id_created_at_idx
  on flows.invitation_redemptions (client_id, created_at desc);

---------------------------------------------------------------- redeeming ----

create type flows_private.redemption as (
  redeemed boolean,
  reason text,
  invitation_id uuid,
  client_code text,
  app_code text,
  permissions text[]
);

-- Why a token of this client and invitation with this hash cannot be redeemed now; null if it can.
create function flows_private.redemption_refusal(asked_client_code text, asked_invitation uuid, hash bytea) returns text
language sql stable
set search_path = ''
begin atomic
  select case
      when i.id is null or s.token_hash is distinct from hash then 'unknown'
      when c.status <> 'active' then 'client_inactive'
      when i.status <> 'pending' then i.status
      when i.expires_at <= now() then 'expired'
    end
  from (values (asked_client_code, asked_invitation)) asked (client_code, id)
  left join flows.clients c on c.client_code = asked.client_code
  left join flows.invitations i on i.client_id = c.id and i.id = asked.id
  left join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id;
end;
revoke all on function flows_private.redemption_refusal(text, uuid, bytea) from public;
grant execute on function flows_private.redemption_refusal(text, uuid, bytea) to flows_staff;

-- Makes a person a member, or widens what a member may do. Nobody joins nothing.
-- Whoever was put out comes back only by an invitation made after that, not by one that was still lying about.
create function flows_private.join_client(
  joined_client uuid, joining_user uuid, granted text[], invited_at timestamptz
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if joining_user is null then
    return;
  end if;
  insert into flows.client_members as m (client_id, user_id, permissions)
    values (joined_client, joining_user, granted)
    on conflict (client_id, user_id) do update
      set permissions = array(select distinct p from unnest(m.permissions || excluded.permissions) p order by p),
        status = 'active'
      where m.status = 'active' or m.updated_at < invited_at;
  if not found then
    raise exception 'This member was made inactive after the invitation'
      using errcode = 'check_violation', constraint = 'client_members_rejoin_check';
  end if;
end
$$;
revoke all on function flows_private.join_client(uuid, uuid, text[], timestamptz) from public;
grant execute on function flows_private.join_client(uuid, uuid, text[], timestamptz) to flows_staff;

-- One guarded update decides: of any number of callers at once, exactly max_uses find a row.
-- The use and the member either stand with it, or a broken constraint takes all three back.
create function flows_private.redeem(asked_client_code text, asked_invitation uuid, hash bytea, redeemer uuid)
returns flows_private.redemption
language plpgsql volatile
set search_path = ''
as $$
declare
  accepted record;
  refusal text;
begin
  begin
    update flows.invitations i
      set used_count = i.used_count + 1,
        status = case when i.used_count + 1 = i.max_uses then 'redeemed' else i.status end
      from flows.clients c, flows.client_applications a, flows_private.invitation_secrets s
      where c.client_code = asked_client_code and c.status = 'active'
        and i.client_id = c.id and i.id = asked_invitation
        and i.status = 'pending' and i.used_count < i.max_uses and i.expires_at > now()
        and a.client_id = i.client_id and a.id = i.app_id
        and s.client_id = i.client_id and s.invitation_id = i.id and s.token_hash = hash
      returning i.client_id, i.used_count, i.permissions, i.created_at, c.client_code, a.app_code into accepted;
    if found then
      insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
        values (accepted.client_id, asked_invitation, accepted.used_count, redeemer);
      perform flows_private.join_client(accepted.client_id, redeemer, accepted.permissions, accepted.created_at);
      return (
        true, null, asked_invitation, accepted.client_code, accepted.app_code, accepted.permissions
      )::flows_private.redemption;
    end if;
    refusal := coalesce(flows_private.redemption_refusal(asked_client_code, asked_invitation, hash), 'redeemed');
  exception
    when unique_violation or check_violation then
      get stacked diagnostics refusal = constraint_name;
      refusal := case refusal
        when 'invitation_redemptions_user_id_key' then 'already_redeemed'
        when 'client_members_max_users_check' then 'member_limit'
        when 'client_members_rejoin_check' then 'member_inactive'
      end;
      if refusal is null then
        raise;
      end if;
  end;
  -- Whoever makes up a token may name any client in it: only a real one leaves a trace in that client's trail.
  perform flows_private.record_refusal(
    case when refusal <> 'unknown' then asked_client_code end,
    'invitations', asked_invitation::text, 'redeem', refusal);
  return (false, refusal, asked_invitation, asked_client_code, null, null)::flows_private.redemption;
end
$$;
revoke all on function flows_private.redeem(text, uuid, bytea, uuid) from public;
grant execute on function flows_private.redeem(text, uuid, bytea, uuid) to flows_staff;

-- The payload of a compact JWT, or null if the text is none. Nothing in it is believed: the hash decides.
create function flows_private.token_payload(token text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  body text := translate(split_part(token, '.', 2), '-_', '+/');
begin
  if length(token) > 4096 or token !~ '^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$' then
    return null;
  end if;
  return convert_from(decode(rpad(body, (length(body) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb;
exception
  when data_exception then
    return null;
end
$$;
revoke all on function flows_private.token_payload(text) from public;

-- Definer: someone who has just signed up belongs to no client yet and may see and change nothing.
-- It does for the caller's own account what a token, whose hash we keep, entitles its bearer to.
-- A restricted token is refused: what it asks of its bearer, only a server that sees the bearer can check.
create function flows_gate.redeem_invitation(token text) returns flows_private.redemption
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  redeemer uuid := (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid;
  payload jsonb := flows_private.token_payload(token);
  invitation text := payload ->> 'sub';
  restrictions jsonb := coalesce(payload -> 'invitation' -> 'restrictions', '{}');
  result flows_private.redemption;
begin
  if redeemer is null then
    raise exception 'Sign in first' using errcode = 'insufficient_privilege';
  end if;
  if invitation ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    if restrictions <> '{}' then
      perform flows_private.record_refusal(null, 'invitations', invitation, 'redeem', 'restricted');
    else
      result := flows_private.redeem(
        payload -> 'invitation' ->> 'clientCode', invitation::uuid, sha256(convert_to(token, 'UTF8')), redeemer);
    end if;
  end if;
  if result.redeemed then
    return result;
  end if;
  return (false, 'not_valid', null, null, null, null)::flows_private.redemption;
end
$$;
revoke all on function flows_gate.redeem_invitation(text) from public;
grant execute on function flows_gate.redeem_invitation(text) to authenticated, service_role;

create function flows.redeem_invitation(token text)
returns table (redeemed boolean, reason text, invitation_id uuid, client_code text, app_code text, permissions text[])
language sql volatile
set search_path = ''
begin atomic
  select r.redeemed, r.reason, r.invitation_id, r.client_code, r.app_code, r.permissions
  from flows_gate.redeem_invitation(token) r;
end;
revoke all on function flows.redeem_invitation(text) from public;
grant execute on function flows.redeem_invitation(text) to authenticated, service_role;
comment on function flows.redeem_invitation(text) is
  'RPC for a signed-in user: redeems an invitation for the caller''s own account. POST only. '
  'A refusal says not_valid and no more; the exact reason is in the audit trail.';

-- The audit trail: written by generated triggers, so that no code path can forget it; only ever added to.

------------------------------------------------------------ audit_events ----

-- What happened to which row, by whom, in which transaction. Values stand here only for columns on an
-- allow-list of provably impersonal ones; a new column is named when it changes, and never shown.
-- client_id is the nil uuid for what belongs to the operator and to no client.
-- No foreign key: the trail outlives what it speaks of.
create table flows.audit_events (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default clock_timestamp(),
  tx xid8 not null default pg_current_xact_id(),
  actor text not null,
  request_id text,
  table_name text not null,
  row_id text not null,
  verb text not null,
  changed_columns text[] not null default '{}',
  details jsonb not null default '{}',
  constraint audit_events_pkey primary key (client_id, created_at, id),
  constraint audit_events_verb_check check (verb in ('insert', 'update', 'delete', 'truncate', 'refuse'))
) partition by range (created_at);
create index audit_events_created_at_idx on flows.audit_events using brin (created_at);

-- Catches what no month was made for, so that the trail can never stop the work.
create table flows_private.audit_events_default partition of flows.audit_events default;
alter table flows_private.audit_events_default enable row level security, force row level security;

create function flows_private.refuse_change() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
  raise exception 'Audit events are only ever added, never changed' using errcode = 'insufficient_privilege';
end
$$;
revoke all on function flows_private.refuse_change() from public;
create trigger audit_events_refuse_change before update or delete on flows.audit_events
  for each row execute function flows_private.refuse_change();
create trigger audit_events_refuse_truncate before truncate on flows.audit_events
  for each statement execute function flows_private.refuse_change();
create trigger audit_events_refuse_truncate before truncate on flows_private.audit_events_default
  for each statement execute function flows_private.refuse_change();

-- Makes the partitions of this month (UTC) and of as many months ahead as asked; how many were new.
-- A month whose events already lie in the default partition stays there: they may not be moved.
create function flows_private.add_audit_partitions(months_ahead integer) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  added integer := 0;
  month_start timestamptz;
  month_end timestamptz;
  partition_name text;
begin
  for ahead in 0..months_ahead loop
    month_start := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC';
    month_end := (month_start at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    partition_name := 'audit_events_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass('flows_private.' || partition_name) is not null
      or exists (
        select from flows_private.audit_events_default e
        where e.created_at >= month_start and e.created_at < month_end
      );
    execute format(
      'create table flows_private.%I partition of flows.audit_events for values from (%L) to (%L)',
      partition_name, month_start, month_end);
    execute format(
      'alter table flows_private.%I enable row level security, force row level security', partition_name);
    execute format(
      'create trigger audit_events_refuse_truncate before truncate on flows_private.%I '
      'for each statement execute function flows_private.refuse_change()', partition_name);
    added := added + 1;
  end loop;
  return added;
end
$$;
revoke all on function flows_private.add_audit_partitions(integer) from public;
select flows_private.add_audit_partitions(12);

--------------------------------------------------------------- recording ----

-- Who is acting: the signed-in user's id, else the role that the session took on, else its login.
create function flows_private.audit_actor() returns text
language sql stable
set search_path = ''
begin atomic
  select coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub',
    nullif(current_setting('role', true), 'none'),
    session_user::text
  );
end;
revoke all on function flows_private.audit_actor() from public;
grant execute on function flows_private.audit_actor() to flows_staff;

-- A caller writes this header itself: what is no plain id (an address, a sentence) is left out.
create function flows_private.audit_request_id() returns text
language sql stable
set search_path = ''
begin atomic
  select substring(
    coalesce(
      nullif(current_setting('flows.request_id', true), ''),
      nullif(current_setting('request.headers', true), '')::json ->> 'x-request-id'
    )
    from '^[A-Za-z0-9_.:-]{1,100}$'
  );
end;
revoke all on function flows_private.audit_request_id() from public;
grant execute on function flows_private.audit_request_id() to flows_staff;

-- Definer: refusals are recorded for whoever was refused, and nobody may write the trail by hand.
create function flows_private.record_refusal(
  of_client_code text, of_table text, of_row text, attempt text, reason text
) returns void
language sql volatile security definer
set search_path = ''
begin atomic
  insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb, details)
  values (
    coalesce(
      (select c.id from flows.clients c where c.client_code = of_client_code),
      '00000000-0000-0000-0000-000000000000'
    ),
    flows_private.audit_actor(),
    flows_private.audit_request_id(),
    of_table,
    of_row,
    'refuse',
    jsonb_build_object('attempt', attempt, 'reason', reason)
  );
end;
revoke all on function flows_private.record_refusal(text, text, text, text, text) from public;
grant execute on function flows_private.record_refusal(text, text, text, text, text) to flows_staff;

-------------------------------------------------------------- generating ----

-- Puts a table under audit: one trigger function written for its columns, one statement trigger a verb.
-- `shown` lists the columns whose values may stand in the trail, `derived` those that follow from something
-- else and are no event of their own. Call it again after adding a column. A table of another schema than ours is
-- named with it, so that public.clients and flows.clients do not share a function.
-- The generated functions are definers: whoever changes a row must not be able to write the trail by hand.
create function flows_private.audit_table(audited regclass, shown text[], derived text[] default '{updated_at}')
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  name text := (
    select case when n.nspname in ('flows', 'flows_private') then c.relname else n.nspname || '.' || c.relname end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = audited
  );
  trigger_function text := format('flows_private.%I', 'audit_' || name);
  keys text[];
  columns text[];
  client text;
begin
  select array_agg(a.attname order by a.attnum) into columns
    from pg_catalog.pg_attribute a
    where a.attrelid = audited and a.attnum > 0 and not a.attisdropped;
  select array_agg(a.attname order by array_position(i.indkey::smallint[], a.attnum)) into keys
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = audited and i.indisprimary;
  if keys is null then
    raise exception 'Table % has no primary key, so its events could not say which row', audited;
  end if;
  if not shown <@ columns then
    raise exception 'Table % has no column %', audited,
      array(select c from unnest(shown) c where not c = any (columns));
  end if;
  client := case
    when audited = 'flows.clients'::regclass then '%1$s.id'
    when 'client_id' = any (columns) then '%1$s.client_id'
    else '''00000000-0000-0000-0000-000000000000''::uuid'
  end;

  execute format($generate$
    create or replace function %1$s() returns trigger
    language plpgsql volatile security definer
    set search_path = ''
    as $body$
    declare
      actor text := flows_private.audit_actor();
      request_id text := flows_private.audit_request_id();
    begin
      if tg_op = 'INSERT' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb, details)
          select %2$s, actor, request_id, tg_argv[0], %4$s, 'insert', %6$s
          from new_rows _n_;
      elsif tg_op = 'DELETE' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb)
          select %3$s, actor, request_id, tg_argv[0], %5$s, 'delete'
          from old_rows _o_;
      elsif tg_op = 'UPDATE' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb, changed_columns, details)
          select coalesce(%2$s, %3$s), actor, request_id, tg_argv[0], coalesce(%4$s, %5$s),
              case when %9$s is null then 'insert' when %10$s is null then 'delete' else 'update' end,
              _c_.changed, %8$s
          from old_rows _o_ full join new_rows _n_ on (%11$s)
          cross join lateral (select array_remove(array[%7$s]::text[], null) as changed) _c_
          where _c_.changed <> '{}';
      else
        insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb)
          values ('00000000-0000-0000-0000-000000000000', actor, request_id, tg_argv[0], '*', 'truncate');
      end if;
      return null;
    end
    $body$
    $generate$,
    trigger_function,
    format(client, '_n_'),
    format(client, '_o_'),
    flows_private.audit_row_id(keys, '_n_'),
    flows_private.audit_row_id(keys, '_o_'),
    coalesce((
      select format('jsonb_strip_nulls(jsonb_build_object(%s))', string_agg(format('%L, _n_.%I', c, c), ', '))
      from unnest(shown) c), '''{}''::jsonb'),
    (select string_agg(format('case when _o_.%1$I is distinct from _n_.%1$I then %1$L end', c), ', ')
      from unnest(columns) c where c <> all (derived)),
    coalesce((
      select format('jsonb_strip_nulls(jsonb_build_object(%s))', string_agg(format(
        '%1$L, case when _o_.%1$I is distinct from _n_.%1$I then jsonb_build_array(_o_.%1$I, _n_.%1$I) end', c), ', '))
      from unnest(shown) c), '''{}''::jsonb'),
    format('_o_.%I', keys[1]),
    format('_n_.%I', keys[1]),
    (select string_agg(format('_o_.%1$I = _n_.%1$I', k), ' and ') from unnest(keys) k)
  );
  execute format('revoke all on function %s() from public', trigger_function);
  execute format(
    'create or replace trigger %I after insert on %s referencing new table as new_rows '
    'for each statement execute function %s(%L)', name || '_audit_insert', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows '
    'for each statement execute function %s(%L)', name || '_audit_update', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after delete on %s referencing old table as old_rows '
    'for each statement execute function %s(%L)', name || '_audit_delete', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after truncate on %s '
    'for each statement execute function %s(%L)', name || '_audit_truncate', audited, trigger_function, name);
end
$$;
revoke all on function flows_private.audit_table(regclass, text[], text[]) from public;

-- The key of a row as one text: the primary key without client_id, which the event has beside it.
create function flows_private.audit_row_id(keys text[], alias text) returns text
language sql immutable
set search_path = ''
begin atomic
  select string_agg(format('%s.%I::text', alias, k), ' || '','' || ')
  from unnest(keys) k
  where k <> 'client_id';
end;
revoke all on function flows_private.audit_row_id(text[], text) from public;

select flows_private.audit_table('flows.clients', '{region,status}');
select flows_private.audit_table('flows.client_members', '{role,permissions,status}');
select flows_private.audit_table('flows.client_buckets', '{}', '{object_count,object_bytes}');
select flows_private.audit_table('flows.client_applications', '{app_code,permissions}');
select flows_private.audit_table('flows.invitations', '{status,permissions,max_uses,used_count,key_epoch,expires_at}');
select flows_private.audit_table('flows.invitation_redemptions', '{use_number}');
select flows_private.audit_table('flows_private.client_keys', '{epoch,state}');
select flows_private.audit_table('flows_private.invitation_secrets', '{}');

-- Who may do what. On every table the same order: row-level security, grants, the floor, what it leaves open.
-- The floor is restrictive: whatever policy is added later can only hand out verbs above it, never rows of
-- another client. Staff stand outside it by being another database role, not by an OR inside it.
-- anon is granted nothing: whoever is not signed in has no client.
-- Nobody, staff included, may update an id or a client_id: a row never moves to another client.

------------------------------------------------------------------- clients ----

alter table flows.clients enable row level security, force row level security;
revoke all on flows.clients from public, anon, authenticated, service_role;

grant select (id, client_code, legal_name, domain, region, status, created_at)
  on flows.clients to authenticated;
grant select (id, status, client_code) on flows.clients to supabase_auth_admin;
grant select on flows.clients to service_role;
grant select, insert, update (legal_name, domain, region, status, deactivated_at)
  on flows.clients to flows_staff;
-- no delete: a client leaves by privacy:erase, with its certificate

create policy clients_floor on flows.clients
  as restrictive for all to anon, authenticated
  using (id = (select flows.current_client_id()))
  with check (id = (select flows.current_client_id()));

create policy clients_select_own on flows.clients
  for select to authenticated
  using (true);

create policy clients_select_auth on flows.clients
  for select to supabase_auth_admin
  using (true);

create policy clients_all_staff on flows.clients
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------ client_members ----

alter table flows.client_members enable row level security, force row level security;
revoke all on flows.client_members from public, anon, authenticated, service_role;

grant select on flows.client_members to authenticated, service_role;
grant select (client_id, user_id, role, permissions, status, created_at) on flows.client_members to supabase_auth_admin;
grant select, insert, update (role, permissions, status), delete on flows.client_members to flows_staff;
-- no insert or update for a client: people come in by redeeming an invitation

create policy client_members_floor on flows.client_members
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_members_select_own on flows.client_members
  for select to authenticated
  using (true);

create policy client_members_select_auth on flows.client_members
  for select to supabase_auth_admin
  using (true);

create policy client_members_all_staff on flows.client_members
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------ client_buckets ----

alter table flows.client_buckets enable row level security, force row level security;
revoke all on flows.client_buckets from public, anon, authenticated, service_role;

grant select on flows.client_buckets to authenticated, service_role;
grant select on flows.client_buckets to flows_staff;
-- no insert, update or delete: 06_storage.sql makes the row and keeps its counts

create policy client_buckets_floor on flows.client_buckets
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_buckets_select_own on flows.client_buckets
  for select to authenticated
  using (true);

create policy client_buckets_select_staff on flows.client_buckets
  for select to flows_staff
  using (true);

------------------------------------------------------- client_applications ----

alter table flows.client_applications enable row level security, force row level security;
revoke all on flows.client_applications from public, anon, authenticated, service_role;

grant select, update (settings) on flows.client_applications to authenticated;
grant select on flows.client_applications to service_role;
grant select, insert, update (app_name, permissions, settings), delete on flows.client_applications to flows_staff;
-- no insert or delete for a client: what it may use is the operator's decision

create policy client_applications_floor on flows.client_applications
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_applications_select_own on flows.client_applications
  for select to authenticated
  using (true);

create policy client_applications_update_admin on flows.client_applications
  for update to authenticated
  using ((select flows.current_client_role()) = 'admin')
  with check ((select flows.current_client_role()) = 'admin');

create policy client_applications_all_staff on flows.client_applications
  for all to flows_staff
  using (true)
  with check (true);

--------------------------------------------------------------- invitations ----

alter table flows.invitations enable row level security, force row level security;
revoke all on flows.invitations from public, anon, authenticated, service_role;

grant select on flows.invitations to authenticated, service_role;
grant select, insert, update (status, permissions, max_uses, used_count, expires_at, revoked_at)
  on flows.invitations to flows_staff;
-- no insert or update for a client: a token is minted where the signing key is, and changes state by functions
-- no delete: rows leave by retention, never by hand

create policy invitations_floor on flows.invitations
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitations_select_own on flows.invitations
  for select to authenticated
  using (true);

create policy invitations_all_staff on flows.invitations
  for all to flows_staff
  using (true)
  with check (true);

---------------------------------------------------- invitation_redemptions ----

alter table flows.invitation_redemptions enable row level security, force row level security;
revoke all on flows.invitation_redemptions from public, anon, authenticated, service_role;

grant select on flows.invitation_redemptions to authenticated, service_role;
grant select, insert on flows.invitation_redemptions to flows_staff;
-- no update, no delete: a use is a fact

create policy invitation_redemptions_floor on flows.invitation_redemptions
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_redemptions_select_own on flows.invitation_redemptions
  for select to authenticated
  using (true);

create policy invitation_redemptions_all_staff on flows.invitation_redemptions
  for all to flows_staff
  using (true)
  with check (true);

-------------------------------------------------------------- audit_events ----

alter table flows.audit_events enable row level security, force row level security;
revoke all on flows.audit_events from public, anon, authenticated, service_role;

grant select on flows.audit_events to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: triggers and record_refusal write it, nothing changes it

create policy audit_events_floor on flows.audit_events
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy audit_events_select_admin on flows.audit_events
  for select to authenticated
  using ((select flows.current_client_role()) = 'admin');

create policy audit_events_select_staff on flows.audit_events
  for select to flows_staff
  using (true);

--------------------------------------------------------------- client_keys ----

alter table flows_private.client_keys enable row level security, force row level security;
revoke all on flows_private.client_keys from public, anon, authenticated, service_role;

grant select, insert, update (state, wrapped_key, retired_at) on flows_private.client_keys to flows_staff;
-- nothing for an API role, service_role included: keys are used where the master key is

create policy client_keys_floor on flows_private.client_keys
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_keys_all_staff on flows_private.client_keys
  for all to flows_staff
  using (true)
  with check (true);

-------------------------------------------------------- invitation_secrets ----

alter table flows_private.invitation_secrets enable row level security, force row level security;
revoke all on flows_private.invitation_secrets from public, anon, authenticated, service_role;

grant select, insert, update (token_hash, pii_salt) on flows_private.invitation_secrets to flows_staff;
-- nothing for an API role, service_role included

create policy invitation_secrets_floor on flows_private.invitation_secrets
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_secrets_all_staff on flows_private.invitation_secrets
  for all to flows_staff
  using (true)
  with check (true);

--------------------------------------------------------------------- views ----

revoke all on flows.current_client from public, anon, authenticated, service_role;
grant select on flows.current_client to authenticated;

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

-- Definer: as above. Tells a bucket of some client from a bucket that is none of our business.
create function flows_gate.is_client_bucket(bucket text) returns boolean
language plpgsql stable security definer parallel safe
set search_path = ''
as $$
begin
  return exists (select from flows.client_buckets b where b.bucket_id = bucket);
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

-- Definer: keeps the counts for whoever changes a file.
-- Buckets are locked in one order, so that two batches cannot block each other.
-- It sees every file of the project, so it must not fail over what is none of our business.
create function flows_private.count_objects() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  changes jsonb := '[]';
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
