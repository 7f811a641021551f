-- mutant: A definer function that believes the client in its argument when the caller is an administrator
-- base: flows
-- family: function
-- leaks: the wrapped keys of another client, to the administrator of any
create function flows.client_key_epochs(of_client uuid) returns table (epoch integer, wrapped_key bytea)
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if flows.current_client_role() is distinct from 'admin' then
    raise exception 'Only for administrators' using errcode = 'insufficient_privilege';
  end if;
  return query select k.epoch, k.wrapped_key from flows_private.client_keys k where k.client_id = of_client;
end
$$;
revoke all on function flows.client_key_epochs(uuid) from public;
grant execute on function flows.client_key_epochs(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "admin"}}
select * from flows.client_key_epochs('{{b}}');
