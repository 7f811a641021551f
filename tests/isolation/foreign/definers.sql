-- Closed tables under a web of definer functions and views that look past them: nothing is to be had from the tables,
-- everything from what stands on them.
create schema api;
grant usage on schema api to anon, authenticated;

create table api.clients (
  id uuid primary key default gen_random_uuid(),
  client_code text not null unique,
  legal_name text not null,
  setup_email text not null
);
create table api.client_usage (
  client_id uuid primary key references api.clients (id),
  invitations integer not null default 0
);
create table api.invitations (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references api.clients (id),
  full_name text not null,
  status text not null default 'pending' check (status in ('pending', 'used'))
);
alter table api.clients enable row level security;
alter table api.client_usage enable row level security;
alter table api.invitations enable row level security;
grant select on api.clients, api.client_usage, api.invitations to anon, authenticated;
create policy clients_own on api.clients for select
  using (id::text = current_setting('request.jwt.claims', true)::jsonb ->> 'client_id');
create policy invitations_own on api.invitations for select
  using (client_id::text = current_setting('request.jwt.claims', true)::jsonb ->> 'client_id');

create function api.get_client_by_code(code text) returns api.clients
language sql stable security definer
as $$ select c from api.clients c where c.client_code = code $$;
create function api.update_client_usage(p_client_id uuid, p_invitations integer) returns void
language plpgsql security definer
as $$
begin
  insert into api.client_usage values (p_client_id, p_invitations)
    on conflict (client_id) do update set invitations = excluded.invitations;
end
$$;
create view api.active_invitations as select * from api.invitations where status = 'pending';
grant select on api.active_invitations to anon, authenticated;
