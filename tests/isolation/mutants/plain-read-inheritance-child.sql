-- mutant: A table that inherits from a guarded one and is granted itself
-- base: plain
-- family: read
-- leaks: the archived notes of every organization
create table app.archived_notes () inherits (app.notes);
grant select on app.archived_notes to authenticated;
insert into app.archived_notes (org_id, body) select id, 'once at ' || name from app.organizations;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.archived_notes where org_id = '{{b}}';
