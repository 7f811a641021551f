-- mutant: A definer trigger refuses a title that another account has
-- base: crm
-- family: trigger
-- leaks: what another account has
create function crm_private.refuse_known_title() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  if exists (select from crm.deals d where d.title = new.title and d.id <> new.id) then
    raise exception 'There is such a deal already' using errcode = 'unique_violation';
  end if;
  return new;
end $$;
revoke all on function crm_private.refuse_known_title() from public;
create trigger deals_refuse_known_title before insert or update on crm.deals for each row execute function crm_private.refuse_known_title();

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$
begin
  insert into crm.deals (account_id, title) values ('{{a}}', 'canary-globex deal');
  raise exception 'It was let through' using errcode = 'P0002';
exception
  when integrity_constraint_violation then
    perform set_config('exploit.seen', sqlstate, true);
  when no_data_found then
    null;
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '23%';
