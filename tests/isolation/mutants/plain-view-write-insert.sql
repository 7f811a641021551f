-- mutant: An insertable view with its owner's rights and no check option
-- base: plain
-- family: view-write
-- leaks: nothing comes out, but notes are put before another organization
create view app.my_notes as select org_id, body from app.notes where org_id in (select app.my_org_ids());
grant insert on app.my_notes to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into app.my_notes (org_id, body) values ('{{b}}', 'planted');
