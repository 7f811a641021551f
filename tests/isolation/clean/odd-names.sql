-- clean: Names with capitals, blanks, quotes and percent signs, as other tools make them
-- base: flows
create table flows."Client ""Orders"" 100%" (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  "order" text not null default '%s %I $1 :name',
  "Größe in cm" integer,
  "it's" boolean,
  primary key (client_id, id)
);
alter table flows."Client ""Orders"" 100%" enable row level security, force row level security;
revoke all on flows."Client ""Orders"" 100%" from public, anon, authenticated, service_role;
create policy "floor of ""orders""" on flows."Client ""Orders"" 100%"
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy "own orders" on flows."Client ""Orders"" 100%"
  for all to authenticated
  using (true)
  with check (true);
grant select ("order", "it's"), insert (client_id, "order"), update ("Größe in cm") on flows."Client ""Orders"" 100%" to authenticated;
insert into flows."Client ""Orders"" 100%" (client_id, "it's") select id, true from flows.clients;
create function flows."count Orders; --"() returns bigint
language sql stable security invoker
set search_path = ''
begin atomic
  select count("order") from flows."Client ""Orders"" 100%";
end;
revoke all on function flows."count Orders; --"() from public;
grant execute on function flows."count Orders; --"() to authenticated;
create view flows."select" with (security_invoker = true) as select "order" from flows."Client ""Orders"" 100%";
grant select on flows."select" to authenticated;
