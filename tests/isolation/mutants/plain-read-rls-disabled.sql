-- mutant: Row-level security switched off
-- base: plain
-- family: read
-- leaks: the files of every organization
alter table app.files disable row level security;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select path from app.files where org_id = '{{b}}';
