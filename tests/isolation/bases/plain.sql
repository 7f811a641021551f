-- A plain Supabase-style schema: organizations, who belongs to them, and what they own. One uuid is each key, the
-- tenant of a caller follows from the `sub` of its token through memberships, and policies are permissive only.
create schema app;
revoke all on schema app from public;
grant usage on schema app to anon, authenticated, service_role;

create table app.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  plan text not null default 'free' check (plan in ('free', 'team')),
  created_at timestamptz not null default now()
);

create table app.memberships (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id) on delete cascade,
  user_id uuid not null,
  role text not null default 'member' check (role in ('member', 'admin')),
  unique (org_id, user_id)
);
create index memberships_user_id_idx on app.memberships (user_id);

create table app.projects (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id) on delete cascade,
  name text not null,
  archived boolean not null default false,
  created_at timestamptz not null default now(),
  unique (org_id, id),
  unique (org_id, name)
);

create table app.tasks (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null,
  project_id uuid not null,
  title text not null,
  done boolean not null default false,
  created_at timestamptz not null default now(),
  foreign key (org_id, project_id) references app.projects (org_id, id) on delete cascade
);
create index tasks_org_id_project_id_idx on app.tasks (org_id, project_id);

create table app.files (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id) on delete cascade,
  path text not null,
  bytes bigint not null default 0 check (bytes >= 0),
  unique (org_id, path)
);

create table app.notes (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id) on delete cascade,
  author_id uuid,
  body text not null,
  created_at timestamptz not null default now()
);
create index notes_org_id_created_at_idx on app.notes (org_id, created_at desc);

-- Definer: the policy of memberships would otherwise ask itself.
create function app.my_org_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.org_id from app.memberships m where m.user_id = (select auth.uid())
$$;
revoke all on function app.my_org_ids() from public;
grant execute on function app.my_org_ids() to authenticated;

alter table app.organizations enable row level security, force row level security;
alter table app.memberships enable row level security, force row level security;
alter table app.projects enable row level security, force row level security;
alter table app.tasks enable row level security, force row level security;
alter table app.files enable row level security, force row level security;
alter table app.notes enable row level security, force row level security;

-- no id and no created_at: whoever chose a key could ask whether another organization has it
-- no update of org_id: a row never moves
grant select on all tables in schema app to authenticated;
grant insert (org_id, name), update (name, archived), delete on app.projects to authenticated;
grant insert (org_id, project_id, title), update (title, done), delete on app.tasks to authenticated;
grant insert (org_id, path, bytes), delete on app.files to authenticated;
grant insert (org_id, author_id, body), update (body), delete on app.notes to authenticated;
grant select, insert, update, delete on all tables in schema app to service_role;

create policy organizations_select on app.organizations
  for select to authenticated using (id in (select app.my_org_ids()));
create policy memberships_select on app.memberships
  for select to authenticated using (org_id in (select app.my_org_ids()));

create policy projects_select on app.projects
  for select to authenticated using (org_id in (select app.my_org_ids()));
create policy projects_insert on app.projects
  for insert to authenticated with check (org_id in (select app.my_org_ids()));
create policy projects_update on app.projects
  for update to authenticated
  using (org_id in (select app.my_org_ids())) with check (org_id in (select app.my_org_ids()));
create policy projects_delete on app.projects
  for delete to authenticated using (org_id in (select app.my_org_ids()));

create policy tasks_select on app.tasks
  for select to authenticated using (org_id in (select app.my_org_ids()));
create policy tasks_insert on app.tasks
  for insert to authenticated with check (org_id in (select app.my_org_ids()));
create policy tasks_update on app.tasks
  for update to authenticated
  using (org_id in (select app.my_org_ids())) with check (org_id in (select app.my_org_ids()));
create policy tasks_delete on app.tasks
  for delete to authenticated using (org_id in (select app.my_org_ids()));

create policy files_select on app.files
  for select to authenticated using (org_id in (select app.my_org_ids()));
create policy files_insert on app.files
  for insert to authenticated with check (org_id in (select app.my_org_ids()));
create policy files_delete on app.files
  for delete to authenticated using (org_id in (select app.my_org_ids()));

create policy notes_select on app.notes
  for select to authenticated using (org_id in (select app.my_org_ids()));
create policy notes_insert on app.notes
  for insert to authenticated with check (org_id in (select app.my_org_ids()));
create policy notes_update on app.notes
  for update to authenticated
  using (org_id in (select app.my_org_ids())) with check (org_id in (select app.my_org_ids()));
create policy notes_delete on app.notes
  for delete to authenticated using (org_id in (select app.my_org_ids()));
