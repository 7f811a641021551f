-- mutant: A definer function for the server alone, which nobody revoked from public
-- base: plain
-- family: function
-- leaks: the notes of any organization, to whoever is not signed in
create function app.export_notes(of_org uuid) returns setof app.notes
language sql stable security definer
set search_path = ''
as $$ select * from app.notes where org_id = of_org $$;
grant execute on function app.export_notes(uuid) to service_role;

-- exploit as anon claims {"role":"anon"}
select body from app.export_notes('{{b}}');
