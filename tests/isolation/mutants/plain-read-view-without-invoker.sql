-- mutant: A view with its owner's rights that joins names to tasks
-- base: plain
-- family: read
-- leaks: the tasks of every organization
create view app.task_overview as
  select t.org_id, o.name, t.title from app.tasks t join app.organizations o on o.id = t.org_id;
grant select on app.task_overview to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select name, title from app.task_overview where org_id = '{{b}}';
