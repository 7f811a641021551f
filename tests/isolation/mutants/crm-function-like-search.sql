-- mutant: A definer search asks for the account only of what it found by title
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.search(words text) returns setof jsonb
language sql stable security definer set search_path = ''
as $$ select to_jsonb(d) - 'account_id' from crm.deals d where d.title ilike '%' || words || '%' and crm_private.is_member(d.account_id)
  union all select to_jsonb(c) - 'account_id' from crm.contacts c where c.full_name ilike '%' || words || '%' or crm_private.is_member(c.account_id) and c.email ilike '%' || words || '%' $$;
revoke all on function crm.search(text) from public;
grant execute on function crm.search(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.search('globex');
