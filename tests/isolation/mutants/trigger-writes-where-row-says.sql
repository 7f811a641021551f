-- mutant: A definer trigger changes the client that the caller names in another column
-- base: flows
-- family: trigger
-- leaks: nothing comes out, but the name of another client is overwritten
create table flows.rename_requests (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  of_client uuid not null,
  new_name text not null,
  primary key (client_id, id)
);
alter table flows.rename_requests enable row level security, force row level security;
revoke all on flows.rename_requests from public, anon, authenticated, service_role;
create policy rename_requests_floor on flows.rename_requests
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
create policy rename_requests_all_own on flows.rename_requests
  for all to authenticated
  using (true);
grant select, insert (client_id, of_client, new_name) on flows.rename_requests to authenticated;
create function flows_private.fulfil_rename() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update flows.clients c set legal_name = new.new_name where c.id = new.of_client;
  return null;
end
$$;
revoke all on function flows_private.fulfil_rename() from public;
create trigger rename_requests_fulfil after insert on flows.rename_requests
  for each row execute function flows_private.fulfil_rename();

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.rename_requests (client_id, of_client, new_name) values ('{{a}}', '{{b}}', 'Renamed by another');
