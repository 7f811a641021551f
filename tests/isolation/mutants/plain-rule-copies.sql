-- mutant: A rule that writes every new note into a feed that everybody reads
-- base: plain
-- family: rule
-- leaks: the notes of every organization, as soon as they are written
create table app.feed (happened_at timestamptz not null default now(), text text not null);
grant select on app.feed to authenticated;
create rule notes_to_feed as on insert to app.notes do also insert into app.feed (text) values (new.body);
insert into app.notes (org_id, body) select id, 'news of ' || name from app.organizations;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select text from app.feed where text like '%canary-globex%';
