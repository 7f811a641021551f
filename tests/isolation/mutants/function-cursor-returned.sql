-- mutant: A definer function returns a cursor opened with its rights
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.open_invitations() returns refcursor
language plpgsql volatile security definer set search_path = ''
as $$ declare found_rows refcursor := 'open_invitations'; begin
  open found_rows for select * from flows.invitations where status = 'pending';
  return found_rows;
end $$;
revoke all on function flows.open_invitations() from public;
grant execute on function flows.open_invitations() to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select flows.open_invitations();
move 0 in open_invitations;
fetch all in open_invitations;
