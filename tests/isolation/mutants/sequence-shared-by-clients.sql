-- mutant: One sequence numbers the tickets of all clients, and clients may read it
-- base: flows
-- family: sequence
-- leaks: how many tickets all clients together have made
create sequence flows.ticket_number_seq;
create table flows.client_tickets (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  number bigint not null default nextval('flows.ticket_number_seq'),
  subject text not null,
  primary key (client_id, id)
);
alter table flows.client_tickets enable row level security, force row level security;
revoke all on flows.client_tickets from public, anon, authenticated, service_role;
create policy client_tickets_floor on flows.client_tickets
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_tickets_all_own on flows.client_tickets
  for all to authenticated
  using (true);
grant select, insert (client_id, subject) on flows.client_tickets to authenticated;
grant usage, select on sequence flows.ticket_number_seq to authenticated;
insert into flows.client_tickets (client_id, subject) select id, 'first of ' || client_code from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select last_value from flows.ticket_number_seq where last_value > (select count(*) from flows.client_tickets);
