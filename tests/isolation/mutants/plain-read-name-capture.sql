-- mutant: A policy whose inner query means its own org_id where it should mean the row's
-- base: plain
-- family: read
-- leaks: the notes of every organization
alter policy notes_select on app.notes
  using (exists (
    select from app.memberships m where m.user_id = (select auth.uid()) and m.org_id = org_id));

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.notes where org_id = '{{b}}';
