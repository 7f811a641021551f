-- mutant: TRUNCATE granted, which asks no policy
-- base: flows
-- family: truncate
-- leaks: nothing comes out, but the redemptions of all clients are gone
grant truncate on flows.invitation_redemptions to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
truncate flows.invitation_redemptions;
