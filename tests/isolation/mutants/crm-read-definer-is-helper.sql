-- mutant: A helper that takes a role of another account for one's own
-- base: crm
-- family: read
-- leaks: rows of another account
create or replace function crm_private.is_member(of_account uuid) returns boolean
language sql stable security definer set search_path = ''
as $$ select exists (select from crm.account_users u where u.user_id = (select auth.uid()) and (u.account_id = of_account or u.role = 'owner')) $$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.deals where account_id = '{{b}}';
