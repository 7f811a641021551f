-- mutant: An INSTEAD OF trigger deletes whichever deal it is shown
-- base: crm
-- family: view-write
-- leaks: nothing comes out, but a row of another account is overwritten
create view crm.deal_board with (security_invoker = true) as select id, account_id, title, stage from crm.deals;
grant select, insert, update, delete on crm.deal_board to authenticated;
create function crm_private.save_board() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$ begin
  insert into crm.deals (id, account_id, title, stage) values (coalesce(new.id, gen_random_uuid()), new.account_id, new.title, coalesce(new.stage, 'open'))
    on conflict (id) do update set title = excluded.title, stage = excluded.stage;
  return new;
end $$;
revoke all on function crm_private.save_board() from public;
create trigger deal_board_save instead of insert or update on crm.deal_board for each row execute function crm_private.save_board();

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into crm.deal_board (id, account_id, title) values ('{{b}}', '{{a}}', 'Overwritten');
