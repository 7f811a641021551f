-- mutant: A floor is gone and only a policy that hands out a verb is left
-- base: flows
-- family: read
-- leaks: every invitation of every client
drop policy invitations_floor on flows.invitations;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select id, permissions from flows.invitations where client_id = '{{b}}';
