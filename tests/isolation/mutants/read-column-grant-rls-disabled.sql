-- mutant: The registry without row-level security, of which only some columns are granted
-- base: flows
-- family: read
-- leaks: name and domain of every client
alter table flows.clients disable row level security;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select legal_name, domain from flows.clients where id = '{{b}}';
