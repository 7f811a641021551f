-- mutant: A floor with IS NOT DISTINCT FROM: no client equals no client
-- base: flows
-- family: null-tenant
-- leaks: rows without a client, to whoever has none
create table flows.announcements (
  id uuid not null default gen_random_uuid() primary key,
  client_id uuid references flows.clients (id),
  body text not null
);
alter table flows.announcements enable row level security, force row level security;
create policy announcements_floor on flows.announcements
  as restrictive for all to anon, authenticated
  using (client_id is not distinct from (select flows.current_client_id()))
  with check (client_id is not distinct from (select flows.current_client_id()));
create policy announcements_select_own on flows.announcements
  for select to authenticated
  using (true);
grant select on flows.announcements to authenticated;
insert into flows.announcements (body) select 'to our people at ' || legal_name from flows.clients;

-- exploit as authenticated claims {"sub":"{{user_a}}","role":"authenticated"}
select body from flows.announcements where body like '%canary-globex%';
