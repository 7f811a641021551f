-- mutant: A message is let in wherever its deal is one's own, and says itself whose it is
-- base: crm
-- family: insert
-- leaks: nothing comes out, but another account gets a row that it never made
alter table crm.messages drop constraint messages_account_id_deal_id_fkey;
alter table crm.messages add foreign key (deal_id) references crm.deals (id);
drop policy messages_all on crm.messages;
create policy messages_read on crm.messages for select to authenticated using (crm_private.is_member(account_id));
create policy messages_write on crm.messages for insert to authenticated
  with check (exists (select from crm.deals d where d.id = deal_id and crm_private.is_member(d.account_id)));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into crm.messages (account_id, deal_id, body) values ('{{b}}', '{{a}}', 'Slipped in');
