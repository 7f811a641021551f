-- mutant: A definer function that reads whichever client it is asked for
-- base: flows
-- family: function
-- leaks: name and domain of another client
create function flows.client_summary(of_client uuid) returns text
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return (select c.legal_name || ', ' || c.domain from flows.clients c where c.id = of_client);
end
$$;
revoke all on function flows.client_summary(uuid) from public;
grant execute on function flows.client_summary(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select summary from flows.client_summary('{{b}}') as summary where summary is not null;
