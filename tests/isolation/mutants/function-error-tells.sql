-- mutant: A definer function whose error names another client
-- base: flows
-- family: function
-- leaks: the name of another client, in the text of an error
create function flows.request_transfer(to_client uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  raise exception 'The client % takes no transfers',
    (select c.legal_name from flows.clients c where c.id = to_client);
end
$$;
revoke all on function flows.request_transfer(uuid) from public;
grant execute on function flows.request_transfer(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$
begin
  perform flows.request_transfer('{{b}}');
exception
  when raise_exception then
    perform set_config('exploit.seen', sqlerrm, true);
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '%canary-globex%';
