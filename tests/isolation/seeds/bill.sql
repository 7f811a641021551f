-- One tenant of bases/bill.sql; {{mark}} is the text by which its rows are known.
insert into bill.orgs (id, name) overriding system value values ({{number}}, '{{mark}}');
insert into bill.invoices (org_id, id, number, memo, cents) values ({{number}}, {{number}}, '{{mark}}-1', '{{mark}} memo', 100);
insert into bill.lines (org_id, id, invoice_id, label, cents) values ({{number}}, {{number}}, {{number}}, '{{mark}} line', 100);
