-- Puts one more client-owned table under isolation and audit. Replace {{schema}} and {{table}}, add your columns, and
-- put the text into a migration (migrate:new). Everything here is needed; `test:schema` and `test:rls` find the table
-- in the catalogue and hold it to these rules. The API reaches tables of the schema flows; another one must be exposed
-- first, and `grant usage on schema ... to authenticated, service_role, flows_staff` given.

---------------------------------------------------------------- {{table}} ----

-- Keys carry client_id first: primary key, unique constraints, and foreign keys to other client-owned tables, as in
--   foreign key (client_id, invitation_id) references flows.invitations (client_id, id)
-- so that no row can ever point into another client.
create table {{schema}}.{{table}} (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  title text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint {{table}}_pkey primary key (client_id, id),
  constraint {{table}}_client_id_title_key unique (client_id, title),
  constraint {{table}}_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index {{table}}_client_id_created_at_idx on {{schema}}.{{table}} (client_id, created_at desc);
create trigger {{table}}_touch before update on {{schema}}.{{table}}
  for each row execute function flows_private.touch_updated_at();

-- Forced, so that it holds for the owner of the table too.
alter table {{schema}}.{{table}} enable row level security, force row level security;

-- Nothing is left to default privileges. A verb that you take out below deserves a line with the reason.
revoke all on {{schema}}.{{table}} from public, anon, authenticated, service_role;
grant select, delete on {{schema}}.{{table}} to authenticated;
grant insert (client_id, title), update (title) on {{schema}}.{{table}} to authenticated;
-- no update of client_id: a row never moves to another client
-- no insert or update of id, created_at, updated_at: the database says them
grant select on {{schema}}.{{table}} to service_role;
grant select, insert, update (title), delete on {{schema}}.{{table}} to flows_staff;

-- The floor is restrictive: policies added later hand out verbs above it, never rows of another client.
-- The subselect makes it one question a statement instead of one a row.
create policy {{table}}_floor on {{schema}}.{{table}}
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy {{table}}_all_own on {{schema}}.{{table}}
  for all to authenticated
  using (true)
  with check (true);

-- Staff stand outside the floor by being another role, never by an OR inside a client's policy.
create policy {{table}}_all_staff on {{schema}}.{{table}}
  for all to flows_staff
  using (true)
  with check (true);

-- The second argument lists the columns whose values may stand in the trail: only what tells of no person.
select flows_private.audit_table('{{schema}}.{{table}}', '{}');
