-- mutant: An insert policy that checks nothing
-- base: plain
-- family: insert
-- leaks: nothing comes out, but notes are put before another organization
alter policy notes_insert on app.notes with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into app.notes (org_id, body) values ('{{b}}', 'planted');
