-- mutant: A definer function gives an invoice as bytes, by its number alone
-- base: bill
-- family: function
-- leaks: values of another organization
create function bill.invoice_document(invoice bigint) returns bytea
language sql stable security definer set search_path = ''
as $$ select convert_to('Invoice: ' || i.memo, 'utf8') from bill.invoices i where i.id = invoice $$;
revoke all on function bill.invoice_document(bigint) from public;
grant execute on function bill.invoice_document(bigint) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"org_id": 1}}
select * from bill.invoice_document(2) d where convert_from(d, 'utf8') like '%canary-globex%';
