-- clean: Tables, a view, a materialized view, a sequence and a definer function that no API role was granted
-- base: flows
create table flows.imports (
  client_id uuid not null,
  id bigint generated always as identity,
  line text not null,
  primary key (client_id, id)
);
create table flows.drafts (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  body text,
  primary key (client_id, id)
);
alter table flows.drafts enable row level security;
insert into flows.imports (client_id, line) select id, legal_name from flows.clients;
insert into flows.drafts (client_id, body) select id, legal_name from flows.clients;
create view flows.import_overview as select * from flows.imports;
create materialized view flows.import_counts as select client_id, count(*) from flows.imports group by client_id;
create function flows.all_imports() returns setof flows.imports
language sql stable security definer
set search_path = ''
begin atomic
  select * from flows.imports;
end;
revoke all on function flows.all_imports() from public;
revoke all on flows.imports, flows.drafts, flows.import_overview, flows.import_counts
  from public, anon, authenticated, service_role;
