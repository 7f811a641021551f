-- mutant: Each organization whose name is a part of the claim is taken for one's own
-- base: desk
-- family: context
-- leaks: rows of another organization
alter policy replies_own on desk.replies using (strpos((select auth.jwt() ->> 'org'), org) > 0);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "canary-globex-europe"}
select * from desk.replies where org = 'canary-globex';
