-- mutant: A materialized view of totals by organization is granted to members
-- base: bill
-- family: read
-- leaks: rows of another organization
create materialized view bill.org_totals as select o.name, sum(i.cents) as cents from bill.orgs o join bill.invoices i on i.org_id = o.id group by o.name;
grant select on bill.org_totals to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"org_id": 1}}
select * from bill.org_totals where name like '%canary-globex%';
