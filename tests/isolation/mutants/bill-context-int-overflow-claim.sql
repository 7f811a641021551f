-- mutant: Whoever has no number reads those that are numbered zero or less, and all others
-- base: bill
-- family: context
-- leaks: rows of another organization
alter policy invoices_own on bill.invoices using (org_id = (select bill.org()) or coalesce((select bill.org()), 0) <= 0);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from bill.invoices where org_id = 2;
