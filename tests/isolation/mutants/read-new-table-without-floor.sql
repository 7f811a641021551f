-- mutant: A table added with row-level security and no floor
-- base: flows
-- family: read
-- leaks: what is noted about every client
create table flows.client_notes (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  body text not null,
  primary key (client_id, id)
);
alter table flows.client_notes enable row level security, force row level security;
revoke all on flows.client_notes from public, anon, authenticated, service_role;
grant select on flows.client_notes to authenticated;
create policy client_notes_select_own on flows.client_notes
  for select to authenticated
  using (true);
insert into flows.client_notes (client_id, body) select id, 'about ' || legal_name from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select body from flows.client_notes where client_id = '{{b}}';
