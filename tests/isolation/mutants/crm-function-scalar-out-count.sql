-- mutant: A definer function sums up whichever account it is told
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.account_figures(account uuid, out deals bigint, out total numeric)
language sql stable security definer set search_path = ''
as $$ select count(*), sum(d.amount) from crm.deals d where d.account_id = account $$;
revoke all on function crm.account_figures(uuid) from public;
grant execute on function crm.account_figures(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.account_figures('{{b}}') where deals > 0;
