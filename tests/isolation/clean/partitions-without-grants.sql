-- clean: A table in partitions of partitions, which stand in the API's schema without row-level security and without grants
-- base: flows
create table flows.client_events (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  happened_on date not null,
  what text not null,
  primary key (client_id, happened_on, id)
) partition by range (happened_on);
create table flows.client_events_2025 partition of flows.client_events
  for values from ('2025-01-01') to ('2026-01-01') partition by hash (client_id);
create table flows.client_events_2025_0 partition of flows.client_events_2025 for values with (modulus 2, remainder 0);
create table flows.client_events_2025_1 partition of flows.client_events_2025 for values with (modulus 2, remainder 1);
create table flows.client_events_rest partition of flows.client_events default;
revoke all on flows.client_events_2025, flows.client_events_2025_0, flows.client_events_2025_1, flows.client_events_rest
  from public, anon, authenticated, service_role;
alter table flows.client_events enable row level security, force row level security;
revoke all on flows.client_events from public, anon, authenticated, service_role;
create policy client_events_floor on flows.client_events
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, insert (client_id, happened_on, what) on flows.client_events to authenticated;
create policy client_events_all_own on flows.client_events
  for all to authenticated
  using (true)
  with check (true);
insert into flows.client_events (client_id, happened_on, what)
  select id, date '2025-03-01', 'founding of ' || legal_name from flows.clients;
