-- mutant: A contact is whoever says in its own metadata to have that address
-- base: crm
-- family: context
-- leaks: rows of another account
create policy contacts_self on crm.contacts for select to authenticated using (email = (select auth.jwt() -> 'user_metadata' ->> 'email'));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "user_metadata": {"email": "canary-globex@example.com"}}
select * from crm.contacts where account_id = '{{b}}';
