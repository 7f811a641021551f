-- mutant: A trigger copies what clients write into a log that everybody reads
-- base: flows
-- family: trigger
-- leaks: the settings of every application, as soon as they are written
create table flows.activity (
  id uuid not null default gen_random_uuid() primary key,
  happened_at timestamptz not null default now(),
  text text not null
);
grant select on flows.activity to authenticated;
create function flows_private.log_activity() returns trigger
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into flows.activity (text) values (new.app_name || ' now has ' || new.settings::text);
  return null;
end
$$;
revoke all on function flows_private.log_activity() from public;
create trigger client_applications_log after insert or update on flows.client_applications
  for each row execute function flows_private.log_activity();
update flows.client_applications set settings = settings where true;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select text from flows.activity where text like '%canary-globex%';
