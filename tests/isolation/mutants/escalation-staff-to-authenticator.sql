-- mutant: The API's login may become staff, so a session that is lent to a client may too
-- base: flows
-- family: escalation
-- leaks: everything that staff see
-- undo: revoke flows_staff from authenticator
grant flows_staff to authenticator;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
set local role flows_staff;
select legal_name from flows.clients where id = '{{b}}';
