-- mutant: Where a token names no organization, a setting does
-- base: desk
-- family: context
-- leaks: rows of another organization
alter policy replies_own on desk.replies using (org = (select coalesce(auth.jwt() ->> 'org', current_setting('desk.current_workspace', true))));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select set_config('desk.current_workspace', 'canary-globex', true);
select * from desk.replies where org = 'canary-globex';
