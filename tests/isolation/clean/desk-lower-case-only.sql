-- clean: Compared without case, where no organization has an upper-case letter
-- base: desk
alter table desk.orgs add constraint orgs_slug_lower check (slug = lower(slug));
alter policy tickets_own on desk.tickets using (lower(org) = lower((select auth.jwt() ->> 'org')));
