-- clean: Tables for the server alone, a catalogue for all, and a history that triggers write and nobody else sees
-- base: plain
create schema app_server;
revoke all on schema app_server from public;
create table app_server.note_history (
  note_id uuid not null,
  changed_at timestamptz not null default now(),
  old_row jsonb not null
);
create function app_server.keep_history() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into app_server.note_history (note_id, old_row) values (old.id, to_jsonb(old));
  return coalesce(new, old);
end
$$;
revoke all on function app_server.keep_history() from public;
create trigger notes_keep_history before update or delete on app.notes
  for each row execute function app_server.keep_history();
create materialized view app_server.totals as select org_id, count(*) as notes from app.notes group by org_id;
create table app.plans (plan text primary key, price_cents integer not null);
insert into app.plans (plan, price_cents) values ('free', 0), ('team', 900);
alter table app.plans enable row level security;
grant select on app.plans to anon, authenticated;
create policy plans_select on app.plans
  for select to anon, authenticated using (true);
create table app.webhook_secrets (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id) on delete cascade,
  secret text not null
);
alter table app.webhook_secrets enable row level security;
grant select on app.webhook_secrets to authenticated, service_role;
insert into app.webhook_secrets (org_id, secret) select id, 'secret of ' || name from app.organizations;
