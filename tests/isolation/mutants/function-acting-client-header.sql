-- mutant: A definer function lets a header say for whom it acts
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.my_applications() returns setof flows.client_applications
language sql stable security definer set search_path = ''
as $$ select a.* from flows.client_applications a where a.client_id = coalesce(
  (nullif(current_setting('request.headers', true), '')::json ->> 'x-acting-for')::uuid, flows.current_client_id()) $$;
revoke all on function flows.my_applications() from public;
grant execute on function flows.my_applications() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('request.headers', '{"x-acting-for": "{{b}}"}', true);
select * from flows.my_applications() where client_id = '{{b}}';
