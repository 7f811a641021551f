-- mutant: Whoever writes a message in its own name may write it into any account
-- base: crm
-- family: insert
-- leaks: nothing comes out, but another account gets a row that it never made
drop policy messages_all on crm.messages;
grant insert (author_id) on crm.messages to authenticated;
create policy messages_read on crm.messages for select to authenticated using (crm_private.is_member(account_id));
create policy messages_write on crm.messages for insert to authenticated with check (author_id = (select auth.uid()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into crm.messages (account_id, deal_id, author_id, body) values ('{{b}}', '{{b}}', '{{user_a}}', 'Spam');
