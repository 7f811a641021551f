-- mutant: A definer function without a fixed search_path: the caller puts its own table before ours
-- base: flows
-- family: function
-- leaks: the name of another client, by a temporary table called client_members
create function flows.my_client_names() returns setof text
language plpgsql stable security definer
as $$
begin
  return query
    select c.legal_name
    from flows.clients c
    join client_members m on m.client_id = c.id
    where m.user_id = (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid;
end
$$;
revoke all on function flows.my_client_names() from public;
grant execute on function flows.my_client_names() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
create temporary table client_members as select '{{b}}'::uuid as client_id, '{{user_a}}'::uuid as user_id;
grant select on client_members to public;
select name from flows.my_client_names() as name where name like '%canary-globex%';
