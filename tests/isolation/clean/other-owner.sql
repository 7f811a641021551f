-- clean: A table and a view that staff own, with policies forced upon the owner
-- base: flows
grant create on schema flows to flows_staff;
create table flows.client_ratings (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  stars integer not null check (stars between 1 and 5),
  primary key (client_id, id)
);
alter table flows.client_ratings enable row level security, force row level security;
revoke all on flows.client_ratings from public, anon, authenticated, service_role;
create policy client_ratings_floor on flows.client_ratings
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_ratings_all_staff on flows.client_ratings
  for all to flows_staff
  using (true)
  with check (true);
create policy client_ratings_select_own on flows.client_ratings
  for select to authenticated
  using (true);
insert into flows.client_ratings (client_id, stars) select id, 5 from flows.clients;
create view flows.own_ratings with (security_invoker = true) as select client_id, stars from flows.client_ratings;
grant select on flows.client_ratings, flows.own_ratings to authenticated;
alter table flows.client_ratings owner to flows_staff;
alter view flows.own_ratings owner to flows_staff;
revoke create on schema flows from flows_staff;
