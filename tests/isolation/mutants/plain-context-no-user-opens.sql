-- mutant: A policy that takes a missing user for the server
-- base: plain
-- family: context
-- leaks: the projects of every organization, to a token without sub
alter policy projects_select on app.projects using ((select auth.uid()) is null or org_id in (select app.my_org_ids()));

-- exploit as authenticated claims none
select name from app.projects where org_id = '{{b}}';
