-- mutant: A view with the rights of its owner, whom no policy binds
-- base: flows
-- family: read
-- leaks: the name of every client
create view flows.client_directory as select id, legal_name from flows.clients;
grant select on flows.client_directory to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select legal_name from flows.client_directory where id = '{{b}}';
