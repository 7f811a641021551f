-- mutant: An update policy that asks nothing
-- base: plain
-- family: update
-- leaks: nothing comes out, but the tasks of every organization are marked as done
alter policy tasks_update on app.tasks using (true) with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
update app.tasks set done = true;
