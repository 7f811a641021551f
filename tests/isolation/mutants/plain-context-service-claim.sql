-- mutant: A policy that asks the token and not the session whether this is the server
-- base: plain
-- family: context
-- leaks: the tasks of every organization, to whose token says service_role
alter policy tasks_select on app.tasks using ((select auth.role()) = 'service_role' or org_id in (select app.my_org_ids()));

-- exploit as authenticated claims {"sub":"{{user_a}}","role":"service_role"}
select title from app.tasks where org_id = '{{b}}';
