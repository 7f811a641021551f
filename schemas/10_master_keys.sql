-- Which master key wraps the clients' keys: so that nobody who still has an older one wraps under it.

-- Named by a fingerprint that tells nothing of the key, which is in the settings and never here.
create table flows_private.master_keys (
  kid text not null,
  state text not null default 'active',
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  constraint master_keys_pkey primary key (kid),
  constraint master_keys_kid_check check (kid ~ '^[A-Za-z0-9_-]{16}$'),
  constraint master_keys_state_check check (state in ('active', 'retired')),
  constraint master_keys_retired_at_check check ((state = 'retired') = (retired_at is not null))
);
create unique index master_keys_active_idx on flows_private.master_keys (state)
  where state = 'active';

alter table flows_private.master_keys enable row level security, force row level security;
revoke all on flows_private.master_keys from public, anon, authenticated, service_role;

grant select, insert, update (state, retired_at) on flows_private.master_keys to flows_staff;
-- nothing for an API role, service_role included
-- no delete: whoever comes with a master key that was in use is told so
-- no floor: the key is the operator's, no client has a part in it

create policy master_keys_all_staff on flows_private.master_keys
  for all to flows_staff
  using (true)
  with check (true);

select flows_private.audit_table('flows_private.master_keys', '{state}');
