-- mutant: A definer function hands out whichever large object it is told
-- base: flows
-- family: function
-- leaks: values of another client
create table flows.client_documents (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  title text not null,
  body oid not null,
  primary key (client_id, id)
);
alter table flows.client_documents enable row level security, force row level security;
revoke all on flows.client_documents from public, anon, authenticated, service_role;
grant select on flows.client_documents to authenticated;
create policy client_documents_floor on flows.client_documents as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id())) with check (client_id = (select flows.current_client_id()));
create policy client_documents_select_own on flows.client_documents for select to authenticated using (true);
insert into flows.client_documents (client_id, title, body)
  select id, 'contract', lo_from_bytea(0, convert_to(client_code || ' contract', 'utf8')) from flows.clients;
create function flows.read_document(document oid) returns bytea
language sql stable security definer set search_path = ''
as $$ select lo_get(document) $$;
revoke all on function flows.read_document(oid) from public;
grant execute on function flows.read_document(oid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from (select convert_from(flows.read_document(m.oid), 'utf8') as t from pg_largeobject_metadata m) x where t like '%canary-globex%';
