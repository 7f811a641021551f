-- mutant: Whoever has no organization in its token names one in its own metadata
-- base: desk
-- family: context
-- leaks: rows of another organization
alter policy tickets_own on desk.tickets using (org = (select coalesce(auth.jwt() ->> 'org', auth.jwt() -> 'user_metadata' ->> 'workspace')));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "user_metadata": {"workspace": "canary-globex"}}
select * from desk.tickets where org = 'canary-globex';
