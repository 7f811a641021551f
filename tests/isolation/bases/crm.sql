-- Accounts that people belong to: uuid keys, a definer helper in a closed schema that says who is a member, policies
-- without FORCE, rows that are put into a bin before they are deleted.
create schema crm;
create schema crm_private;
grant usage on schema crm to anon, authenticated, service_role;
create table crm.accounts (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);
create table crm.account_users (
  account_id uuid not null references crm.accounts (id) on delete cascade,
  user_id uuid not null,
  role text not null default 'member',
  primary key (account_id, user_id)
);
create table crm.contacts (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references crm.accounts (id) on delete cascade,
  full_name text not null,
  email text,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  unique (account_id, id)
);
create table crm.deals (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references crm.accounts (id) on delete cascade,
  contact_id uuid,
  title text not null,
  amount numeric(12, 2) not null default 0,
  stage text not null default 'open' check (stage in ('open', 'won', 'lost')),
  created_at timestamptz not null default now(),
  unique (account_id, id),
  foreign key (account_id, contact_id) references crm.contacts (account_id, id) on delete cascade
);
create table crm.messages (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null,
  deal_id uuid not null,
  author_id uuid not null default auth.uid(),
  body text not null,
  created_at timestamptz not null default now(),
  foreign key (account_id, deal_id) references crm.deals (account_id, id) on delete cascade
);
create function crm_private.is_member(of_account uuid) returns boolean
language sql stable security definer set search_path = ''
as $$ select exists (select from crm.account_users u where u.account_id = of_account and u.user_id = (select auth.uid())) $$;
revoke all on function crm_private.is_member(uuid) from public;
grant execute on function crm_private.is_member(uuid) to anon, authenticated;

alter table crm.accounts enable row level security;
alter table crm.account_users enable row level security;
alter table crm.contacts enable row level security;
alter table crm.deals enable row level security;
alter table crm.messages enable row level security;
grant select on all tables in schema crm to authenticated;
grant insert (account_id, full_name, email), update (full_name, email, deleted_at), delete on crm.contacts to authenticated;
grant insert (account_id, contact_id, title, amount, stage), update (title, amount, stage), delete on crm.deals to authenticated;
grant insert (account_id, deal_id, body), update (body), delete on crm.messages to authenticated;
create policy accounts_select on crm.accounts for select to authenticated using (crm_private.is_member(id));
create policy account_users_select on crm.account_users for select to authenticated using (crm_private.is_member(account_id));
create policy contacts_all on crm.contacts for all to authenticated using (crm_private.is_member(account_id));
create policy deals_all on crm.deals for all to authenticated using (crm_private.is_member(account_id));
create policy messages_all on crm.messages for all to authenticated using (crm_private.is_member(account_id));
