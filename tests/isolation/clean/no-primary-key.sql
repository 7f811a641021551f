-- clean: A floor over a table without any key, and over one whose only key is its client
-- base: flows
create table flows.client_readings (
  client_id uuid not null,
  taken_at timestamptz not null default now(),
  value double precision not null
);
alter table flows.client_readings enable row level security, force row level security;
revoke all on flows.client_readings from public, anon, authenticated, service_role;
create policy client_readings_floor on flows.client_readings
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, insert (client_id, value), delete on flows.client_readings to authenticated;
create policy client_readings_all_own on flows.client_readings
  for all to authenticated
  using (true)
  with check (true);
insert into flows.client_readings (client_id, value) select id, 20.5 from flows.clients;
create table flows.client_profiles (
  client_id uuid primary key references flows.clients (id),
  motto text
);
alter table flows.client_profiles enable row level security, force row level security;
revoke all on flows.client_profiles from public, anon, authenticated, service_role;
create policy client_profiles_floor on flows.client_profiles
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, update (motto) on flows.client_profiles to authenticated;
create policy client_profiles_all_own on flows.client_profiles
  for all to authenticated
  using (true)
  with check (true);
insert into flows.client_profiles (client_id, motto) select id, 'onwards, ' || legal_name from flows.clients;
