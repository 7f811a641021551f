-- mutant: A definer function lists the deals of a stage, whoever has them
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.deals_in(stage_wanted text) returns setof text
language sql stable security definer set search_path = ''
as $$ select d.title from crm.deals d where d.stage = stage_wanted $$;
revoke all on function crm.deals_in(text) from public;
grant execute on function crm.deals_in(text) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select * from crm.deals_in('open') title where title like 'canary-globex%';
