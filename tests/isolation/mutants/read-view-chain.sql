-- mutant: An invoker view over a view with its owner's rights that is hidden in the private schema
-- base: flows
-- family: read
-- leaks: the invitations of every client
create view flows_private.invitation_list as select client_id, id, invitation_code, permissions from flows.invitations;
create view flows.invitation_list with (security_invoker = true) as select * from flows_private.invitation_list;
grant select on flows_private.invitation_list, flows.invitation_list to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select invitation_code, permissions from flows.invitation_list where client_id = '{{b}}';
