-- mutant: A definer function that counts the rows of whatever table it is told
-- base: flows
-- family: count
-- leaks: how many rows any table has, over all clients
create function flows.count_rows(of_table text) returns bigint
language plpgsql stable security definer
set search_path = ''
as $$
declare
  result bigint;
begin
  execute format('select count(*) from flows.%I', of_table) into result;
  return result;
end
$$;
revoke all on function flows.count_rows(text) from public;
grant execute on function flows.count_rows(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select rows from flows.count_rows('client_members') as rows
where rows > (select count(*) from flows.client_members);
