-- mutant: A policy without TO and a grant to anon
-- base: plain
-- family: read
-- leaks: the projects of every organization, to whoever is not signed in
grant select on app.projects to anon;
create policy projects_select_public on app.projects
  for select using (not archived);

-- exploit as anon claims {"role":"anon"}
select name from app.projects where org_id = '{{b}}';
