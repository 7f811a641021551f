-- mutant: The sequence of all organizations' invoice numbers may be set by any of them
-- base: plain
-- family: sequence
-- leaks: nothing comes out, but the next invoice of another organization gets a number chosen by this one
create sequence app.invoice_number_seq;
grant usage, update on sequence app.invoice_number_seq to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select setval('app.invoice_number_seq', 9000);
