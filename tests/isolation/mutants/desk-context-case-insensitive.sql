-- mutant: Organizations that differ in case are taken for one
-- base: desk
-- family: context
-- leaks: rows of another organization
alter policy tickets_own on desk.tickets using (lower(org) = lower((select auth.jwt() ->> 'org')));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "CANARY-GLOBEX"}
select * from desk.tickets where org = 'canary-globex';
