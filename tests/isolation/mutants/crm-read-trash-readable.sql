-- mutant: Whatever lies in the trash, everybody reads
-- base: crm
-- family: read
-- leaks: rows of another account
create policy contacts_trash on crm.contacts for select to authenticated using (deleted_at is not null);
update crm.contacts set deleted_at = now() where account_id = 'bbbbbbbb-0000-4000-8000-00000000000b';

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.contacts where account_id = '{{b}}';
