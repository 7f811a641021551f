-- mutant: A contract kept as a large object that every API user may read
-- base: flows
-- family: large-object
-- leaks: the contract of another client
select lo_from_bytea(424242, convert_to('contract with canary-globex', 'UTF8'));
grant select on large object 424242 to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select text from convert_from(lo_get(424242), 'UTF8') as text where text like '%canary-globex%';
