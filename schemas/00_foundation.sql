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
