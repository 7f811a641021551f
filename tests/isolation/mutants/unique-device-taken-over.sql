-- mutant: Registering a serial number takes over the device of another client
-- base: flows
-- family: unique
-- leaks: that another client has this value
create table flows.devices (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  serial text not null,
  label text not null default '',
  primary key (client_id, id)
);
create unique index devices_serial_idx on flows.devices (serial);
alter table flows.devices enable row level security, force row level security;
revoke all on flows.devices from public, anon, authenticated, service_role;
grant select on flows.devices to authenticated;
create policy devices_floor on flows.devices as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id())) with check (client_id = (select flows.current_client_id()));
create policy devices_select_own on flows.devices for select to authenticated using (true);
create function flows.register_device(serial_number text, device_label text default null) returns text
language plpgsql volatile security definer set search_path = ''
as $$ declare kept text; begin
  insert into flows.devices as d (client_id, serial, label) values (flows.current_client_id(), serial_number, coalesce(device_label, ''))
    on conflict (serial) do update set client_id = excluded.client_id, label = coalesce(nullif(excluded.label, ''), d.label)
    returning d.label into kept;
  return kept;
end $$;
revoke all on function flows.register_device(text, text) from public;
grant execute on function flows.register_device(text, text) to authenticated;
insert into flows.devices (client_id, serial, label) values ('bbbbbbbb-0000-4000-8000-00000000000b', 'SN-1', 'canary-globex printer');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select flows.register_device('SN-1') as label;
