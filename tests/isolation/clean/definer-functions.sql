-- clean: Definer functions that act for the caller's own client and for no other
-- base: flows
create function flows.rename_application(app uuid, new_name text) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  mine uuid := flows.current_client_id();
begin
  if mine is null or flows.current_client_role() is distinct from 'admin' then
    raise exception 'Only for administrators' using errcode = 'insufficient_privilege';
  end if;
  update flows.client_applications a set app_name = new_name where a.client_id = mine and a.id = app;
  return found;
end
$$;
create function flows.count_own_invitations(of_status text default 'pending') returns bigint
language sql stable security definer
set search_path = ''
begin atomic
  select count(*) from flows.invitations i
  where i.client_id = (select flows.current_client_id()) and i.status = of_status;
end;
create function flows.members_of(of_client uuid) returns table (user_id uuid, role text)
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if of_client is distinct from flows.current_client_id() then
    raise exception 'Not your client' using errcode = 'insufficient_privilege';
  end if;
  return query select m.user_id, m.role from flows.client_members m where m.client_id = of_client;
end
$$;
create procedure flows.touch_applications()
language plpgsql security invoker
set search_path = ''
as $$
begin
  update flows.client_applications a set settings = a.settings where a.client_id = flows.current_client_id();
end
$$;
revoke all on function flows.rename_application(uuid, text) from public;
revoke all on function flows.count_own_invitations(text) from public;
revoke all on function flows.members_of(uuid) from public;
revoke all on procedure flows.touch_applications() from public;
grant execute on function flows.rename_application(uuid, text) to authenticated;
grant execute on function flows.count_own_invitations(text) to authenticated;
grant execute on function flows.members_of(uuid) to authenticated;
grant execute on procedure flows.touch_applications() to authenticated;
