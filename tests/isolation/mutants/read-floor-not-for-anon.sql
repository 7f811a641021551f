-- mutant: A table opened to anon, whose floor speaks of authenticated only
-- base: flows
-- family: read
-- leaks: the pending invitations of every client, to whoever is not signed in
alter policy invitations_floor on flows.invitations to authenticated;
grant select on flows.invitations to anon;
create policy invitations_select_pending on flows.invitations
  for select to anon
  using (status = 'pending');

-- exploit as anon claims {"role":"anon"}
select id, permissions from flows.invitations where client_id = '{{b}}';
