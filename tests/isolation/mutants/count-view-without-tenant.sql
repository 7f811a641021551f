-- mutant: A definer view of totals that has no column to tell a client by
-- base: flows
-- family: count
-- leaks: how many invitations all clients together have
create view flows.invitation_totals as select status, count(*) as invitations from flows.invitations group by status;
grant select on flows.invitation_totals to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.invitation_totals where invitations > (select count(*) from flows.invitations);
