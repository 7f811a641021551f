-- mutant: Whoever is a member may edit its own membership, the organization too
-- base: plain
-- family: move
-- leaks: everything of the organization that a user moves its membership to
grant update on app.memberships to authenticated;
create policy memberships_update_self on app.memberships
  for update to authenticated using (user_id = (select auth.uid()));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
update app.memberships set org_id = '{{b}}';
select body from app.notes where org_id = '{{b}}';
