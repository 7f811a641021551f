-- mutant: A definer function hands out the statistics of columns
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.column_values(of_table text, of_column text) returns text
language sql stable security definer set search_path = ''
as $$ select s.most_common_vals::text || coalesce(s.histogram_bounds::text, '') from pg_catalog.pg_stats s
  where s.schemaname = 'flows' and s.tablename = of_table and s.attname = of_column $$;
revoke all on function flows.column_values(text, text) from public;
grant execute on function flows.column_values(text, text) to authenticated;
insert into flows.client_members (client_id, user_id, permissions) select 'bbbbbbbb-0000-4000-8000-00000000000b', gen_random_uuid(), '{}' from generate_series(1, 40);
analyze flows.client_members;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select v from flows.column_values('client_members', 'client_id') v where v like '%{{b}}%';
