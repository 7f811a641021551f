-- mutant: Tasks refer to a project by its id alone
-- base: plain
-- family: foreign-key
-- leaks: whether a project of another organization exists, and a task of one's own that hangs on it
alter table app.tasks drop constraint tasks_org_id_project_id_fkey,
  add constraint tasks_project_id_fkey foreign key (project_id) references app.projects (id) on delete cascade,
  add constraint tasks_org_id_fkey foreign key (org_id) references app.organizations (id) on delete cascade;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
insert into app.tasks (org_id, project_id, title) values ('{{a}}', '{{b}}', 'hangs on it') returning id;
