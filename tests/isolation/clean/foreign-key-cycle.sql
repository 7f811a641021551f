-- clean: Two tables that refer to each other, and one to itself, by keys that carry the client
-- base: flows
create table flows.teams (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  name text not null,
  lead_id uuid not null,
  parent_id uuid,
  primary key (client_id, id),
  foreign key (client_id, parent_id) references flows.teams (client_id, id) on delete cascade
);
create table flows.team_members (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  team_id uuid not null,
  primary key (client_id, id),
  foreign key (client_id, team_id) references flows.teams (client_id, id) on delete cascade
);
alter table flows.teams add constraint teams_lead_fkey
  foreign key (client_id, lead_id) references flows.team_members (client_id, id) deferrable initially deferred;
alter table flows.teams enable row level security, force row level security;
revoke all on flows.teams from public, anon, authenticated, service_role;
create policy teams_floor on flows.teams
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
alter table flows.team_members enable row level security, force row level security;
revoke all on flows.team_members from public, anon, authenticated, service_role;
create policy team_members_floor on flows.team_members
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, insert (client_id, id, name, lead_id, parent_id), delete on flows.teams to authenticated;
grant select, insert (client_id, id, team_id), delete on flows.team_members to authenticated;
create policy teams_all_own on flows.teams
  for all to authenticated
  using (true)
  with check (true);
create policy team_members_all_own on flows.team_members
  for all to authenticated
  using (true)
  with check (true);
insert into flows.teams (client_id, id, name, lead_id) select id, id, 'team of ' || legal_name, id from flows.clients;
insert into flows.team_members (client_id, id, team_id) select id, id, id from flows.clients;
set constraints all immediate;
