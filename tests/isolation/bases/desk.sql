-- Organizations told by a text of the access token: the key is a name, rows are numbered, states are an enum.
create schema desk;
grant usage on schema desk to anon, authenticated, service_role;
create type desk.ticket_state as enum ('open', 'waiting', 'closed');
create table desk.orgs (
  slug text primary key check (length(slug) between 2 and 60),
  title text not null
);
create table desk.tickets (
  id bigint generated always as identity primary key,
  org text not null references desk.orgs (slug) on delete cascade,
  subject text not null,
  state desk.ticket_state not null default 'open',
  urgent boolean not null default false,
  opened_at timestamptz not null default now(),
  unique (org, id)
);
create table desk.replies (
  id bigint generated always as identity primary key,
  org text not null,
  ticket_id bigint not null,
  body text not null,
  foreign key (org, ticket_id) references desk.tickets (org, id) on delete cascade
);
alter table desk.orgs enable row level security;
alter table desk.tickets enable row level security;
alter table desk.replies enable row level security;
grant select on all tables in schema desk to authenticated;
grant insert (org, subject, state, urgent), update (subject, state, urgent), delete on desk.tickets to authenticated;
grant insert (org, ticket_id, body), update (body), delete on desk.replies to authenticated;
create policy orgs_own on desk.orgs for select to authenticated using (slug = (select auth.jwt() ->> 'org'));
create policy tickets_own on desk.tickets for all to authenticated using (org = (select auth.jwt() ->> 'org'));
create policy replies_own on desk.replies for all to authenticated using (org = (select auth.jwt() ->> 'org'));
