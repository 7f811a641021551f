-- mutant: A rule on an invoker view, whose action runs with the rights of the view's owner
-- base: flows
-- family: rule
-- leaks: nothing comes out, but any member of any client is put out by its user id
create view flows.leaving_members with (security_invoker = true) as select user_id from flows.client_members;
create rule leave as on insert to flows.leaving_members
  do instead delete from flows.client_members m where m.user_id = new.user_id;
grant select, insert on flows.leaving_members to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.leaving_members (user_id) values ('{{b}}');
