-- mutant: The helper of all policies also believes the organization in user_metadata
-- base: plain
-- family: context
-- leaks: everything of the organization that a user says it is of
create or replace function app.my_org_ids() returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.org_id from app.memberships m where m.user_id = (select auth.uid())
  union
  select ((select auth.jwt()) -> 'user_metadata' ->> 'org_id')::uuid
$$;

-- exploit as authenticated claims {"sub":"{{user_a}}","role":"authenticated","user_metadata":{"org_id":"{{b}}"}}
select body from app.notes where org_id = '{{b}}';
