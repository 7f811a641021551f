-- mutant: The helper of all policies gives an administrator of one organization every organization
-- base: plain
-- family: read
-- leaks: everything of every organization, to the administrator of any
create or replace function app.my_org_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.org_id from app.memberships m where m.user_id = (select auth.uid())
  union
  select o.id from app.organizations o
  where exists (select from app.memberships m where m.user_id = (select auth.uid()) and m.role = 'admin')
$$;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.notes where org_id = '{{b}}';
