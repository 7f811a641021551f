-- mutant: A foreign key that names the other row without its client
-- base: flows
-- family: foreign-key
-- leaks: whether an application of another client exists, and a row of one's own that hangs on it
alter table flows.client_applications add constraint client_applications_id_key unique (id);
create table flows.client_tasks (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  app_id uuid not null references flows.client_applications (id),
  title text not null,
  primary key (client_id, id)
);
alter table flows.client_tasks enable row level security, force row level security;
revoke all on flows.client_tasks from public, anon, authenticated, service_role;
create policy client_tasks_floor on flows.client_tasks
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_tasks_all_own on flows.client_tasks
  for all to authenticated
  using (true);
grant select, insert (client_id, app_id, title) on flows.client_tasks to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.client_tasks (client_id, app_id, title) values ('{{a}}', '{{b}}', 'hangs on it') returning id;
