-- clean: Organizations by membership: rights of administrators, a definer that asks for membership, an invoker view
-- base: plain
create function app.is_admin_of(of_org uuid) returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from app.memberships m
    where m.org_id = of_org and m.user_id = (select auth.uid()) and m.role = 'admin')
$$;
create function app.rename_organization(of_org uuid, new_name text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  if not app.is_admin_of(of_org) then
    raise exception 'Only for administrators' using errcode = 'insufficient_privilege';
  end if;
  update app.organizations o set name = new_name where o.id = of_org;
end
$$;
revoke all on function app.is_admin_of(uuid) from public;
revoke all on function app.rename_organization(uuid, text) from public;
grant execute on function app.is_admin_of(uuid) to authenticated;
grant execute on function app.rename_organization(uuid, text) to authenticated;
grant update (role), delete on app.memberships to authenticated;
create policy memberships_update on app.memberships
  for update to authenticated
  using (app.is_admin_of(org_id)) with check (app.is_admin_of(org_id));
create policy memberships_delete on app.memberships
  for delete to authenticated using (app.is_admin_of(org_id));
create view app.project_progress with (security_invoker = true) as
  select p.org_id, p.name, count(t.id) filter (where t.done) as done, count(t.id) as tasks
  from app.projects p left join app.tasks t on t.org_id = p.org_id and t.project_id = p.id
  group by p.id;
grant select on app.project_progress to authenticated;
