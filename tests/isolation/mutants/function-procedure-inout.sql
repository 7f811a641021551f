-- mutant: A procedure answers in its INOUT parameter
-- base: flows
-- family: function
-- leaks: values of another client
create procedure flows.describe_client(inout about text)
language plpgsql security definer set search_path = ''
as $$ begin
  about := (select c.legal_name from flows.clients c where c.client_code = about);
end $$;
revoke all on procedure flows.describe_client(text) from public;
grant execute on procedure flows.describe_client(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
call flows.describe_client('canary-globex');
