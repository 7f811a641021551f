-- mutant: Notes without an organization are templates for everybody, and whoever leaves it out writes one
-- base: plain
-- family: null-tenant
-- leaks: what another organization noted without naming itself
alter table app.notes alter column org_id drop not null;
alter policy notes_select on app.notes using (org_id is null or org_id in (select app.my_org_ids()));
alter policy notes_insert on app.notes with check (org_id is null or org_id in (select app.my_org_ids()));
insert into app.notes (org_id, body) select null, 'template of ' || name from app.organizations;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select body from app.notes where body like '%canary-globex%';
