-- mutant: An organization sees those whose names begin with its own
-- base: desk
-- family: read
-- leaks: rows of another organization
alter policy tickets_own on desk.tickets using (org like (select auth.jwt() ->> 'org') || '%');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "canary-glo"}
select * from desk.tickets where org = 'canary-globex';
