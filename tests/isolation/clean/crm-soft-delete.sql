-- clean: What is in the trash is hidden from everybody, by a restrictive policy
-- base: crm
create policy contacts_alive on crm.contacts as restrictive for select to authenticated using (deleted_at is null);
create policy deals_won on crm.deals for select to authenticated using (stage = 'won' and crm_private.is_member(account_id));
update crm.contacts set deleted_at = now() where account_id = 'bbbbbbbb-0000-4000-8000-00000000000b';
