-- mutant: A definer function tells whether an invoice has been issued, whoever's it is
-- base: bill
-- family: function
-- leaks: values of another organization
create function bill.is_issued(of_org bigint, invoice_number text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$ begin return exists (select from bill.invoices i where i.org_id = of_org and i.number = invoice_number); end $$;
revoke all on function bill.is_issued(bigint, text) from public;
grant execute on function bill.is_issued(bigint, text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"org_id": 1}}
select 1 where bill.is_issued(2, 'canary-globex-1');
