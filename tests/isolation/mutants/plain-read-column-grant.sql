-- mutant: A table without row-level security, of which two columns are granted
-- base: plain
-- family: read
-- leaks: the amounts invoiced to every organization
create table app.invoices (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id),
  amount_cents bigint not null
);
revoke all on app.invoices from public, anon, authenticated;
grant select (org_id, amount_cents) on app.invoices to authenticated;
insert into app.invoices (org_id, amount_cents) select id, 12345 from app.organizations;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select amount_cents from app.invoices where org_id = '{{b}}';
