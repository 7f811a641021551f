-- mutant: Rows are granted to PUBLIC by a policy that names no role
-- base: desk
-- family: read
-- leaks: rows of another organization
create policy tickets_widget on desk.tickets using (auth.role() = 'anon' or org = auth.jwt() ->> 'org');
grant select on desk.tickets to anon;

-- exploit as anon claims {"role": "anon"}
select * from desk.tickets where org = 'canary-globex';
