-- mutant: Whoever is signed in may add a membership for itself, in any organization
-- base: plain
-- family: escalation
-- leaks: everything of the organization that a user lets itself into
grant insert (org_id, user_id) on app.memberships to authenticated;
create policy memberships_insert_self on app.memberships
  for insert to authenticated with check (user_id = (select auth.uid()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into app.memberships (org_id, user_id) values ('{{b}}', '{{user_a}}');
select body from app.notes where org_id = '{{b}}';
