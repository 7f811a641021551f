-- One tenant of bases/plain.sql: {{tenant}} is its id and the id of each of its rows, {{user}} its administrator,
-- {{mark}} the text by which its rows are known.
insert into app.organizations (id, name) values ('{{tenant}}', '{{mark}}');
insert into app.memberships (id, org_id, user_id, role)
  values ('{{tenant}}', '{{tenant}}', '{{user}}', 'admin'), (gen_random_uuid(), '{{tenant}}', '{{tenant}}', 'member');
insert into app.projects (id, org_id, name) values ('{{tenant}}', '{{tenant}}', 'project {{tenant}}');
insert into app.tasks (id, org_id, project_id, title)
  values ('{{tenant}}', '{{tenant}}', '{{tenant}}', '{{mark}} task');
insert into app.files (id, org_id, path, bytes) values ('{{tenant}}', '{{tenant}}', '{{mark}}.pdf', 10);
insert into app.notes (id, org_id, author_id, body) values ('{{tenant}}', '{{tenant}}', '{{user}}', '{{mark}} note');
