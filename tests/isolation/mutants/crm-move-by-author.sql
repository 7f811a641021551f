-- mutant: Whoever wrote a message may move it into another account
-- base: crm
-- family: move
-- leaks: nothing comes out, but a row of another account changes hands
drop policy messages_all on crm.messages;
grant update (account_id, deal_id) on crm.messages to authenticated;
create policy messages_read on crm.messages for select to authenticated using (crm_private.is_member(account_id) or author_id = (select auth.uid()));
create policy messages_edit on crm.messages for update to authenticated using (author_id = (select auth.uid()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
update crm.messages set account_id = '{{b}}', deal_id = '{{b}}';
