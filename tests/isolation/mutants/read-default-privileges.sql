-- mutant: Default privileges hand a table to the API that nobody granted
-- base: flows
-- family: read
-- leaks: the imports of every client
alter default privileges in schema flows grant select on tables to authenticated;
create table flows.client_imports (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  file_name text not null,
  primary key (client_id, id)
);
insert into flows.client_imports (client_id, file_name) select id, client_code || '.csv' from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select file_name from flows.client_imports where client_id = '{{b}}';
