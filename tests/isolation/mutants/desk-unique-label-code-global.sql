-- mutant: A code is unique over all organizations
-- base: desk
-- family: unique
-- leaks: that another organization has this value
create table desk.labels (id bigint generated always as identity primary key, org text not null references desk.orgs (slug), code text not null unique, colour text not null default '');
alter table desk.labels enable row level security;
grant select, insert (org, code, colour), update (code, colour), delete on desk.labels to authenticated;
create policy labels_own on desk.labels for all to authenticated using (org = (select auth.jwt() ->> 'org'));
insert into desk.labels (org, code) values ('canary-globex', 'canary-globex label');

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "org": "acme"}
do $$
begin
  insert into desk.labels (org, code) select 'acme', 'canary-globex label';
exception
  when integrity_constraint_violation then
    perform set_config('exploit.seen', sqlstate, true);
end
$$;
select told from current_setting('exploit.seen', true) as told where told like '23%';
