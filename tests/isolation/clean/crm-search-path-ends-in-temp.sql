-- clean: A definer that names tables without their schema, but looks at temporary ones last
-- base: crm
create function crm.deals_of_mine() returns setof crm.deals
language sql stable security definer set search_path = crm, pg_temp
as $$ select d.* from deals d join account_users u using (account_id) where u.user_id = auth.uid() $$;
revoke all on function crm.deals_of_mine() from public;
grant execute on function crm.deals_of_mine() to authenticated;
create function crm.deal_count() returns bigint
language sql stable security definer set search_path = crm
as $$ select count(*) from crm.deals d join crm.account_users u on u.account_id = d.account_id where u.user_id = auth.uid() $$;
revoke all on function crm.deal_count() from public;
grant execute on function crm.deal_count() to authenticated;
