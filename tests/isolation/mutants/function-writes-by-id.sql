-- mutant: A definer function that renames whichever client it is told
-- base: flows
-- family: function
-- leaks: nothing comes out, but another client gets another name
create function flows.rename_client(of_client uuid, new_name text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  update flows.clients c set legal_name = new_name where c.id = of_client;
end
$$;
revoke all on function flows.rename_client(uuid, text) from public;
grant execute on function flows.rename_client(uuid, text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$ begin perform flows.rename_client('{{b}}', 'Renamed by another'); end $$;
