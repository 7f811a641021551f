-- mutant: One more permissive policy that lets everybody read
-- base: plain
-- family: read
-- leaks: the notes of every organization
create policy notes_select_shared on app.notes
  for select to authenticated using (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.notes where org_id = '{{b}}';
