-- mutant: A definer function answers with a digest of somebody's address
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.avatar(contact uuid) returns text
language sql stable security definer set search_path = ''
as $$ select 'https://avatars.example.com/' || md5(lower(c.email)) from crm.contacts c where c.id = contact $$;
revoke all on function crm.avatar(uuid) from public;
grant execute on function crm.avatar(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select a from crm.avatar('{{b}}') a where a is not null;
