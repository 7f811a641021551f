-- mutant: A helper that takes nobody for somebody
-- base: crm
-- family: context
-- leaks: rows of another account
create or replace function crm_private.is_member(of_account uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$ declare member_role text; begin
  select u.role into member_role from crm.account_users u where u.account_id = of_account and u.user_id = auth.uid();
  if member_role is null and auth.uid() is not null then return false; end if;
  return true;
end $$;

-- exploit as authenticated claims {"role": "authenticated"}
select * from crm.deals where account_id = '{{b}}';
