-- clean: Staff see and change everything, by a role that no API user can become
-- base: flows
create table flows.support_cases (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  subject text not null,
  primary key (client_id, id)
);
alter table flows.support_cases enable row level security, force row level security;
revoke all on flows.support_cases from public, anon, authenticated, service_role;
create policy support_cases_floor on flows.support_cases
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, insert (client_id, subject) on flows.support_cases to authenticated;
grant select, insert, update, delete on flows.support_cases to flows_staff;
create policy support_cases_all_own on flows.support_cases
  for all to authenticated
  using (true)
  with check (true);
create policy support_cases_all_staff on flows.support_cases
  for all to flows_staff
  using (true)
  with check (true);
insert into flows.support_cases (client_id, subject) select id, 'first case of ' || legal_name from flows.clients;
create view flows.open_cases as select client_id, count(*) as cases from flows.support_cases group by client_id;
revoke all on flows.open_cases from public, anon, authenticated, service_role;
grant select on flows.open_cases to flows_staff;
