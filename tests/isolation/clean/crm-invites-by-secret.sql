-- clean: Invites by a secret of which only the hash is kept, and definers that ask for the member
-- base: crm
create table crm.invites (id uuid primary key default gen_random_uuid(), account_id uuid not null references crm.accounts (id), secret_hash bytea not null);
alter table crm.invites enable row level security;
grant select (id, account_id) on crm.invites to authenticated;
create policy invites_own on crm.invites for select to authenticated using (crm_private.is_member(account_id));
insert into crm.invites (account_id, secret_hash) select id, sha256(convert_to(id::text || random()::text, 'utf8')) from crm.accounts;
create function crm.accept_invite(invite uuid, secret text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$ begin
  insert into crm.account_users (account_id, user_id) select i.account_id, auth.uid() from crm.invites i
    where i.id = invite and i.secret_hash = sha256(convert_to(secret, 'utf8')) and auth.uid() is not null on conflict do nothing;
  return found;
end $$;
revoke all on function crm.accept_invite(uuid, text) from public;
grant execute on function crm.accept_invite(uuid, text) to authenticated;
create function crm.transfer_deal(deal uuid, to_account uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$ begin
  update crm.deals d set account_id = to_account, contact_id = null
    where d.id = deal and crm_private.is_member(d.account_id) and crm_private.is_member(to_account)
    and not exists (select from crm.messages m where m.deal_id = d.id);
  return found;
end $$;
revoke all on function crm.transfer_deal(uuid, uuid) from public;
grant execute on function crm.transfer_deal(uuid, uuid) to authenticated;
