-- mutant: A definer function takes its ids from deep inside a JSON payload
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.apply_changes(payload jsonb) returns integer
language plpgsql volatile security definer set search_path = ''
as $$ declare change jsonb; n integer := 0; begin
  for change in select * from jsonb_array_elements(payload -> 'changes') loop
    update flows.client_applications a set app_name = change #>> '{set,name}' where a.id = (change ->> 'target')::uuid;
    n := n + 1;
  end loop;
  return n;
end $$;
revoke all on function flows.apply_changes(jsonb) from public;
grant execute on function flows.apply_changes(jsonb) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$ begin perform flows.apply_changes('{"changes": [{"target": "{{b}}", "set": {"name": "Deep"}}]}'); end $$;
