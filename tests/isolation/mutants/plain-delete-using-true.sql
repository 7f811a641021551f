-- mutant: A delete policy that asks nothing
-- base: plain
-- family: delete
-- leaks: nothing comes out, but the files of every organization are deleted
alter policy files_delete on app.files using (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
delete from app.files where true;
