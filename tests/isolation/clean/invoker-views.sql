-- clean: Views with the rights of their caller: joined, counted, updatable
-- base: flows
create view flows.application_list with (security_invoker = true, security_barrier = true) as
  select a.client_id, a.id, a.app_code, a.settings, count(i.id) as invitations
  from flows.client_applications a
  left join flows.invitations i on i.client_id = a.client_id and i.app_id = a.id
  group by a.client_id, a.id;
create view flows.application_settings with (security_invoker = true) as
  select client_id, id, settings from flows.client_applications
  with cascaded check option;
create view flows.member_count with (security_invoker = true) as select count(*) as members from flows.client_members;
create view flows.own_list with (security_invoker = true) as select * from flows.application_list;
revoke all on flows.application_list, flows.application_settings, flows.member_count, flows.own_list
  from public, anon, authenticated, service_role;
grant select on flows.application_list, flows.application_settings, flows.member_count, flows.own_list to authenticated;
grant update (settings) on flows.application_settings to authenticated;
