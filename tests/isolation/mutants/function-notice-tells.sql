-- mutant: A definer function that chats about another client in a notice
-- base: flows
-- family: function
-- leaks: the domain of another client, in a notice
create function flows.check_partner(partner uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  raise notice 'partner is reachable at %', (select c.domain from flows.clients c where c.id = partner);
  return true;
end
$$;
revoke all on function flows.check_partner(uuid) from public;
grant execute on function flows.check_partner(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
do $$ begin perform flows.check_partner('{{b}}'); end $$;
