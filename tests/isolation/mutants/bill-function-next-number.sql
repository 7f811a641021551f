-- mutant: A counter over all organizations is read through a definer function
-- base: bill
-- family: function
-- leaks: values of another organization
create function bill.next_number() returns text
language sql stable security definer set search_path = ''
as $$ select 'INV-' || lpad((count(*) + 1)::text, 6, '0') from bill.invoices $$;
revoke all on function bill.next_number() from public;
grant execute on function bill.next_number() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"org_id": 1}}
select n from bill.next_number() n where n > 'INV-000002';
