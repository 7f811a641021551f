-- clean: An upsert by client, a MERGE by client, a row as argument, a nested payload, all by a definer that asks
-- base: flows
create table flows.devices (
  client_id uuid not null references flows.clients (id), id uuid not null default gen_random_uuid(),
  serial text not null, label text not null default '', primary key (client_id, id), unique (client_id, serial));
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
    on conflict (client_id, serial) do update set label = coalesce(nullif(excluded.label, ''), d.label) returning d.label into kept;
  return kept;
end $$;
create function flows.import_applications(rows jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
as $$ declare n integer; begin
  merge into flows.client_applications a
    using jsonb_to_recordset(rows) as r (id uuid, app_name text) on a.id = r.id and a.client_id = flows.current_client_id()
    when matched then update set app_name = r.app_name;
  get diagnostics n = row_count; return n;
end $$;
create function flows.save_application(app flows.client_applications) returns void
language sql volatile security definer set search_path = ''
as $$ update flows.client_applications a set app_name = coalesce(app.app_name, 'Unnamed') where a.id = app.id and a.client_id = flows.current_client_id() $$;
create function flows.apply_changes(payload jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
as $$ declare change jsonb; n integer := 0; begin
  for change in select * from jsonb_array_elements(payload -> 'changes') loop
    update flows.client_applications a set app_name = change #>> '{set,name}' where a.id = (change ->> 'target')::uuid and a.client_id = flows.current_client_id();
    n := n + 1;
  end loop;
  return n;
end $$;
revoke all on function flows.register_device(text, text), flows.import_applications(jsonb), flows.save_application(flows.client_applications), flows.apply_changes(jsonb) from public;
grant execute on function flows.register_device(text, text), flows.import_applications(jsonb), flows.save_application(flows.client_applications), flows.apply_changes(jsonb) to authenticated;
