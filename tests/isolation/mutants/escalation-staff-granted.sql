-- mutant: The API's users may become staff
-- base: flows
-- family: escalation
-- leaks: everything that staff see
-- undo: revoke flows_staff from authenticated
grant flows_staff to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
set local role flows_staff;
select legal_name from flows.clients where id = '{{b}}';
