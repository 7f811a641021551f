-- mutant: A definer function lists the deals of whichever user it is told
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.my_deals(of_user uuid default auth.uid()) returns table (title text, amount numeric)
language sql stable security definer set search_path = ''
as $$ select d.title, d.amount from crm.deals d join crm.account_users u on u.account_id = d.account_id where u.user_id = of_user $$;
revoke all on function crm.my_deals(uuid) from public;
grant execute on function crm.my_deals(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.my_deals('bbbbbbbb-1111-4000-8000-00000000000b');
