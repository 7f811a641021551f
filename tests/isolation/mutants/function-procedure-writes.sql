-- mutant: A definer procedure that closes whichever client it is told
-- base: flows
-- family: function
-- leaks: nothing comes out, but another client is locked out
create procedure flows.close_client(of_client uuid)
language plpgsql security definer
set search_path = ''
as $$
begin
  update flows.clients c set status = 'inactive', deactivated_at = now() where c.id = of_client;
end
$$;
revoke all on procedure flows.close_client(uuid) from public;
grant execute on procedure flows.close_client(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
call flows.close_client('{{b}}');
