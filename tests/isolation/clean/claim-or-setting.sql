-- clean: A floor of another shape: the claim if there is a token, a setting only if there is none
-- base: flows
create function flows_gate.asking_client() returns uuid
language sql stable
set search_path = ''
begin atomic
  select case
    when nullif(current_setting('request.jwt.claims', true), '') is null
      then nullif(current_setting('flows.client_id', true), '')::uuid
    else (nullif(current_setting('request.jwt.claims', true), '')::json -> 'app_metadata' ->> 'client_id')::uuid
  end;
end;
revoke all on function flows_gate.asking_client() from public;
grant execute on function flows_gate.asking_client() to anon, authenticated;
create table flows.client_reports (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  title text not null,
  primary key (client_id, id)
);
alter table flows.client_reports enable row level security, force row level security;
revoke all on flows.client_reports from public, anon, authenticated, service_role;
grant select, insert (client_id, title), update (title), delete on flows.client_reports to authenticated;
create policy client_reports_own on flows.client_reports
  for all to authenticated
  using ((select flows_gate.asking_client()) = client_id)
  with check ((select flows_gate.asking_client()) = client_id);
insert into flows.client_reports (client_id, title) select id, 'report on ' || legal_name from flows.clients;
