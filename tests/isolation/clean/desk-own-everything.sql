-- clean: A barrier over a closed view, labels by organization, an email that the token verified
-- base: desk
create table desk.labels (id bigint generated always as identity primary key, org text not null references desk.orgs (slug), code text not null, unique (org, code));
alter table desk.labels enable row level security;
grant select, insert (org, code), update (code), delete on desk.labels to authenticated;
create policy labels_own on desk.labels for all to authenticated using (org = (select auth.jwt() ->> 'org'));
create view desk.open_tickets with (security_invoker = on, security_barrier = on) as select * from desk.tickets where state = 'open' with cascaded check option;
grant select, insert (org, subject), update (subject) on desk.open_tickets to authenticated;
create function desk.thread(ticket bigint) returns text
language sql stable security definer set search_path = ''
as $$ select string_agg(r.body, chr(10)) from desk.replies r where r.ticket_id = ticket and r.org = auth.jwt() ->> 'org' $$;
revoke all on function desk.thread(bigint) from public;
grant execute on function desk.thread(bigint) to authenticated;
