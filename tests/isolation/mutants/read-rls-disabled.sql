-- mutant: Row-level security switched off, its policies still standing there
-- base: flows
-- family: read
-- leaks: the members of every client
alter table flows.client_members disable row level security;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select user_id, permissions from flows.client_members where client_id = '{{b}}';
