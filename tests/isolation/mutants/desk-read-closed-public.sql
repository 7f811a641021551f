-- mutant: Closed tickets are everybody's
-- base: desk
-- family: read
-- leaks: rows of another organization
create policy tickets_closed on desk.tickets for select to authenticated, anon using (state = 'closed' and urgent);
grant select on desk.tickets to anon;
update desk.tickets set state = 'closed', urgent = true where org = 'canary-globex';

-- exploit as anon claims {"role": "anon"}
select * from desk.tickets where org = 'canary-globex';
