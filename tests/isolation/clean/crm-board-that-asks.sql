-- clean: An INSTEAD OF trigger, a copying trigger and a check that keep to the caller's account
-- base: crm
create view crm.deal_board with (security_invoker = true) as select id, account_id, title, stage from crm.deals;
grant select, insert, update on crm.deal_board to authenticated;
create function crm_private.save_board() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  if not crm_private.is_member(new.account_id) then
    raise exception 'Not your account' using errcode = 'insufficient_privilege';
  end if;
  update crm.deals d set title = new.title where d.id = new.id and d.account_id = new.account_id;
  return new;
end $$;
revoke all on function crm_private.save_board() from public;
create trigger deal_board_save instead of insert or update on crm.deal_board for each row execute function crm_private.save_board();
alter table crm.messages add copied_from uuid;
grant insert (copied_from) on crm.messages to authenticated;
create function crm_private.fill_from_copy() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  if new.copied_from is not null then
    new.body := coalesce((select m.body from crm.messages m where m.id = new.copied_from and m.account_id = new.account_id), new.body);
  end if;
  return new;
end $$;
revoke all on function crm_private.fill_from_copy() from public;
create trigger messages_fill before insert on crm.messages for each row execute function crm_private.fill_from_copy();
create function crm_private.refuse_known_title() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  if exists (select from crm.deals d where d.title = new.title and d.id <> new.id and d.account_id = new.account_id) then
    raise exception 'There is such a deal already' using errcode = 'unique_violation';
  end if;
  return new;
end $$;
revoke all on function crm_private.refuse_known_title() from public;
create trigger deals_refuse_known_title before insert or update on crm.deals for each row execute function crm_private.refuse_known_title();
