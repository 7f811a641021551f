-- mutant: Deals that are won are shown to everybody
-- base: crm
-- family: read
-- leaks: rows of another account
create policy deals_won on crm.deals for select to authenticated using (stage = 'won');
update crm.deals set stage = 'won' where account_id = 'bbbbbbbb-0000-4000-8000-00000000000b';

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.deals where account_id = '{{b}}';
