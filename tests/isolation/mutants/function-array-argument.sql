-- mutant: A definer function that takes a list of clients
-- base: flows
-- family: function
-- leaks: the applications of any list of clients
create function flows.applications_of(of_clients uuid[]) returns setof text
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return query select a.app_name from flows.client_applications a where a.client_id = any (of_clients);
end
$$;
revoke all on function flows.applications_of(uuid[]) from public;
grant execute on function flows.applications_of(uuid[]) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select name from flows.applications_of(array['{{b}}']::uuid[]) as name;
