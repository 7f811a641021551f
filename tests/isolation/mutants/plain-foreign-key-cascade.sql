-- mutant: Rows of one organization hang on tasks of another, and go with them
-- base: plain
-- family: foreign-key
-- leaks: nothing comes out, but deleting a task of one's own deletes rows of another organization
create table app.task_links (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references app.organizations (id),
  task_id uuid not null references app.tasks (id) on delete cascade,
  label text not null
);
alter table app.task_links enable row level security, force row level security;
grant select on app.task_links to authenticated;
create policy task_links_select on app.task_links
  for select to authenticated using (org_id in (select app.my_org_ids()));
insert into app.task_links (org_id, task_id, label)
  select o.id, t.id, 'watched by ' || o.name from app.organizations o join app.tasks t on t.org_id <> o.id;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
delete from app.tasks where org_id = '{{a}}';
