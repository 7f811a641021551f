-- mutant: A partition granted beside its table: the floor stands on the table only
-- base: flows
-- family: read
-- leaks: the visits of every client, by asking the partition
create table flows.client_visits (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  page text not null,
  visited_on date not null,
  primary key (client_id, visited_on, id)
) partition by range (visited_on);
create table flows.client_visits_all partition of flows.client_visits default;
alter table flows.client_visits enable row level security, force row level security;
create policy client_visits_floor on flows.client_visits
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_visits_select_own on flows.client_visits
  for select to authenticated
  using (true);
grant select on flows.client_visits, flows.client_visits_all to authenticated;
insert into flows.client_visits (client_id, page, visited_on)
  select id, '/' || client_code, date '2025-01-01' from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select page from flows.client_visits_all where client_id = '{{b}}';
