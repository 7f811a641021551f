-- mutant: A definer function opens the cursor that it is told, for the account it is told
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.open_contacts(into_cursor refcursor, of_account uuid) returns refcursor
language plpgsql volatile security definer set search_path = ''
as $$ begin
  open into_cursor for select c.full_name, c.email from crm.contacts c where c.account_id = of_account;
  return into_cursor;
end $$;
revoke all on function crm.open_contacts(refcursor, uuid) from public;
grant execute on function crm.open_contacts(refcursor, uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select crm.open_contacts('mine', '{{b}}');
move 0 in mine;
fetch all in mine;
