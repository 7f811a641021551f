-- mutant: Notes may be moved, and the policy looks only at the note as it was
-- base: plain
-- family: move
-- leaks: nothing comes out, but a note of one's own becomes one of another organization
grant update (org_id) on app.notes to authenticated;
alter policy notes_update on app.notes with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
update app.notes set org_id = '{{b}}';
