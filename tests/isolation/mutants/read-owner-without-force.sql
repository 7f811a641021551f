-- mutant: A server logs in as the owner of a table that does not force its policies upon the owner
-- base: flows
-- family: read
-- leaks: the devices of every client, to a server that speaks for one
-- undo: drop owned by flows_devices; drop role flows_devices
create role flows_devices login;
grant flows_devices to postgres;
grant usage, create on schema flows to flows_devices;
grant execute on function flows.current_client_id() to flows_devices;
create table flows.client_devices (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  label text not null,
  primary key (client_id, id)
);
alter table flows.client_devices enable row level security;
create policy client_devices_floor on flows.client_devices
  as restrictive for all to public
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_devices_select_own on flows.client_devices
  for select to public
  using (true);
insert into flows.client_devices (client_id, label) select id, 'scanner of ' || legal_name from flows.clients;
alter table flows.client_devices owner to flows_devices;
revoke create on schema flows from flows_devices;

-- exploit as flows_devices claims none
select set_config('flows.client_id', '{{a}}', true);
select label from flows.client_devices where client_id = '{{b}}';
