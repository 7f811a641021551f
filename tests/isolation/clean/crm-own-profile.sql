-- clean: A profile of one's own, whose rights only the operator gives
-- base: crm
create table crm.profiles (user_id uuid primary key, display_name text not null default '', is_superadmin boolean not null default false);
alter table crm.profiles enable row level security;
grant select, insert (user_id, display_name), update (display_name) on crm.profiles to authenticated;
create policy profiles_own on crm.profiles for all to authenticated using (user_id = (select auth.uid()));
create policy deals_superadmin on crm.deals for select to authenticated
  using (exists (select from crm.profiles p where p.user_id = (select auth.uid()) and p.is_superadmin));
