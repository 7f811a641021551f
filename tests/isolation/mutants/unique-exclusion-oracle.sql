-- mutant: An exclusion constraint over all clients
-- base: flows
-- family: unique
-- leaks: that another client has this value
create table flows.maintenance_windows (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  during tstzrange not null,
  primary key (client_id, id),
  constraint maintenance_windows_during_excl exclude using gist (during with &&)
);
alter table flows.maintenance_windows enable row level security, force row level security;
revoke all on flows.maintenance_windows from public, anon, authenticated, service_role;
grant select, insert (client_id, during) on flows.maintenance_windows to authenticated;
create policy maintenance_windows_floor on flows.maintenance_windows as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id())) with check (client_id = (select flows.current_client_id()));
create policy maintenance_windows_all_own on flows.maintenance_windows for all to authenticated using (true);
insert into flows.maintenance_windows (client_id, during) values ('bbbbbbbb-0000-4000-8000-00000000000b', '[2026-03-01,2026-03-02)');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$
begin
  insert into flows.maintenance_windows (client_id, during) values ('{{a}}', '[2026-03-01,2026-03-02)');
exception
  when integrity_constraint_violation then
    perform set_config('exploit.seen', sqlstate, true);
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '23%';
