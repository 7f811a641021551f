-- mutant: Rows without a client are everybody's, and whoever forgets the client writes one
-- base: flows
-- family: null-tenant
-- leaks: what another client announced without naming itself
create table flows.announcements (
  id uuid not null default gen_random_uuid() primary key,
  client_id uuid references flows.clients (id),
  body text not null
);
alter table flows.announcements enable row level security, force row level security;
create policy announcements_floor on flows.announcements
  as restrictive for all to anon, authenticated
  using (client_id is null or client_id = (select flows.current_client_id()))
  with check (client_id is null or client_id = (select flows.current_client_id()));
create policy announcements_all_own on flows.announcements
  for all to authenticated
  using (true);
grant select, insert (client_id, body) on flows.announcements to authenticated;
insert into flows.announcements (body) select 'to our people at ' || legal_name from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select body from flows.announcements where body like '%canary-globex%';
