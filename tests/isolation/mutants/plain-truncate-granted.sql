-- mutant: All privileges granted where four were meant
-- base: plain
-- family: truncate
-- leaks: nothing comes out, but the notes of all organizations are gone
grant truncate on app.notes to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
truncate app.notes;
