-- mutant: A definer function with a composite answer compares numbers over all organizations
-- base: bill
-- family: function
-- leaks: values of another organization
create type bill.rank_answer as (place bigint, of_all bigint);
create function bill.my_rank() returns bill.rank_answer
language sql stable security definer set search_path = ''
as $$ select row(1 + count(*) filter (where total > mine), count(*))::bill.rank_answer from (
  select sum(i.cents) as total, (select sum(cents) from bill.invoices where org_id = bill.org()) as mine from bill.invoices i group by i.org_id) t $$;
revoke all on function bill.my_rank() from public;
grant execute on function bill.my_rank() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"org_id": 1}}
select * from bill.my_rank() where of_all > 1;
