-- clean: An organization sees those below it, told by a slash that no name has
-- base: desk
alter table desk.orgs add constraint orgs_slug_plain check (slug ~ '^[a-z0-9-]+(/[a-z0-9-]+)*$');
create policy tickets_below on desk.tickets for select to authenticated using (starts_with(org, (select auth.jwt() ->> 'org') || '/'));
