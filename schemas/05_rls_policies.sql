-- Who may do what. On every table the same order: row-level security, grants, the floor, what it leaves open.
-- The floor is restrictive: whatever policy is added later can only hand out verbs above it, never rows of
-- another client. Staff stand outside it by being another database role, not by an OR inside it.
-- anon is granted nothing: whoever is not signed in has no client.
-- Nobody, staff included, may update an id or a client_id: a row never moves to another client.

-------------------------------------------------------------- client_tiers ----

alter table flows.client_tiers enable row level security, force row level security;
revoke all on flows.client_tiers from public, anon, authenticated, service_role;

grant select on flows.client_tiers to authenticated, service_role;
grant select, insert, update (max_users, storage_bytes, features, invitations_per_hour, usage_days)
  on flows.client_tiers to flows_staff;
-- no delete: a tier may be what a backup's client had

create policy client_tiers_select_own on flows.client_tiers
  for select to authenticated
  using (tier = (select c.tier from flows.current_client c));

create policy client_tiers_all_staff on flows.client_tiers
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------------- clients ----

alter table flows.clients enable row level security, force row level security;
revoke all on flows.clients from public, anon, authenticated, service_role;

grant select (id, client_code, legal_name, domain, region, status, created_at, tier)
  on flows.clients to authenticated;
grant select (id, status, client_code) on flows.clients to supabase_auth_admin;
grant select on flows.clients to service_role;
grant select, insert, update (legal_name, domain, region, status, deactivated_at, tier)
  on flows.clients to flows_staff;
-- no delete: a client leaves by privacy:erase, with its certificate

create policy clients_floor on flows.clients
  as restrictive for all to anon, authenticated
  using (id = (select flows.current_client_id()))
  with check (id = (select flows.current_client_id()));

create policy clients_select_own on flows.clients
  for select to authenticated
  using (true);

create policy clients_select_auth on flows.clients
  for select to supabase_auth_admin
  using (true);

create policy clients_all_staff on flows.clients
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------ client_members ----

alter table flows.client_members enable row level security, force row level security;
revoke all on flows.client_members from public, anon, authenticated, service_role;

grant select on flows.client_members to authenticated, service_role;
grant select (client_id, user_id, role, permissions, status, created_at) on flows.client_members to supabase_auth_admin;
grant select, insert, update (role, permissions, status), delete on flows.client_members to flows_staff;
-- no insert or update for a client: people come in by redeeming an invitation

create policy client_members_floor on flows.client_members
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_members_select_own on flows.client_members
  for select to authenticated
  using (true);

create policy client_members_select_auth on flows.client_members
  for select to supabase_auth_admin
  using (true);

create policy client_members_all_staff on flows.client_members
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------ client_buckets ----

alter table flows.client_buckets enable row level security, force row level security;
revoke all on flows.client_buckets from public, anon, authenticated, service_role;

grant select on flows.client_buckets to authenticated, service_role;
grant select on flows.client_buckets to flows_staff;
-- no insert, update or delete: 06_storage.sql makes the row and keeps its counts

create policy client_buckets_floor on flows.client_buckets
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_buckets_select_own on flows.client_buckets
  for select to authenticated
  using (true);

create policy client_buckets_select_staff on flows.client_buckets
  for select to flows_staff
  using (true);

------------------------------------------------------- client_applications ----

alter table flows.client_applications enable row level security, force row level security;
revoke all on flows.client_applications from public, anon, authenticated, service_role;

grant select, update (settings) on flows.client_applications to authenticated;
grant select on flows.client_applications to service_role;
grant select, insert, update (app_name, permissions, settings), delete on flows.client_applications to flows_staff;
-- no insert or delete for a client: what it may use is the operator's decision

create policy client_applications_floor on flows.client_applications
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_applications_select_own on flows.client_applications
  for select to authenticated
  using (true);

create policy client_applications_update_admin on flows.client_applications
  for update to authenticated
  using ((select flows.current_client_role()) = 'admin')
  with check ((select flows.current_client_role()) = 'admin');

create policy client_applications_all_staff on flows.client_applications
  for all to flows_staff
  using (true)
  with check (true);

--------------------------------------------------------------- invitations ----

alter table flows.invitations enable row level security, force row level security;
revoke all on flows.invitations from public, anon, authenticated, service_role;

grant select on flows.invitations to authenticated, service_role;
grant select, insert, update (
    status, permissions, max_uses, used_count, expires_at, revoked_at, superseded_by,
    delivery, delivery_fault, delivered_at, opened_at
  ) on flows.invitations to flows_staff;
-- no insert or update for a client: a token is minted where the signing key is, and changes state by functions
-- no delete: rows leave by retention, never by hand

create policy invitations_floor on flows.invitations
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitations_select_own on flows.invitations
  for select to authenticated
  using (true);

create policy invitations_all_staff on flows.invitations
  for all to flows_staff
  using (true)
  with check (true);

---------------------------------------------------- invitation_redemptions ----

alter table flows.invitation_redemptions enable row level security, force row level security;
revoke all on flows.invitation_redemptions from public, anon, authenticated, service_role;

grant select on flows.invitation_redemptions to authenticated, service_role;
grant select, insert on flows.invitation_redemptions to flows_staff;
-- no update, no delete: a use is a fact

create policy invitation_redemptions_floor on flows.invitation_redemptions
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_redemptions_select_own on flows.invitation_redemptions
  for select to authenticated
  using (true);

create policy invitation_redemptions_all_staff on flows.invitation_redemptions
  for all to flows_staff
  using (true)
  with check (true);

-------------------------------------------------------------- audit_events ----

alter table flows.audit_events enable row level security, force row level security;
revoke all on flows.audit_events from public, anon, authenticated, service_role;

grant select on flows.audit_events to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: triggers and record_refusal write it, nothing changes it

create policy audit_events_floor on flows.audit_events
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy audit_events_select_admin on flows.audit_events
  for select to authenticated
  using ((select flows.current_client_role()) = 'admin');

create policy audit_events_select_staff on flows.audit_events
  for select to flows_staff
  using (true);

--------------------------------------------------------------- client_keys ----

alter table flows_private.client_keys enable row level security, force row level security;
revoke all on flows_private.client_keys from public, anon, authenticated, service_role;

grant select, insert, update (state, wrapped_key, retired_at) on flows_private.client_keys to flows_staff;
-- nothing for an API role, service_role included: keys are used where the master key is

create policy client_keys_floor on flows_private.client_keys
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_keys_all_staff on flows_private.client_keys
  for all to flows_staff
  using (true)
  with check (true);

-------------------------------------------------------------- signing_keys ----

alter table flows_private.signing_keys enable row level security, force row level security;
revoke all on flows_private.signing_keys from public, anon, authenticated, service_role;

grant select, insert, update (state, not_before, not_after) on flows_private.signing_keys to flows_staff;
-- no update of alg or public_jwk: another key has another kid
-- no delete: a kid that was revoked must never come back as unknown
-- no floor: the keys are the operator's, no client has a part in them

create policy signing_keys_all_staff on flows_private.signing_keys
  for all to flows_staff
  using (true)
  with check (true);

-------------------------------------------------------- invitation_secrets ----

alter table flows_private.invitation_secrets enable row level security, force row level security;
revoke all on flows_private.invitation_secrets from public, anon, authenticated, service_role;

grant select, insert, update (token_hash, pii_salt, signing_kid) on flows_private.invitation_secrets to flows_staff;
-- nothing for an API role, service_role included

create policy invitation_secrets_floor on flows_private.invitation_secrets
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_secrets_all_staff on flows_private.invitation_secrets
  for all to flows_staff
  using (true)
  with check (true);

--------------------------------------------------------- invitation_rates ----

alter table flows_private.invitation_rates enable row level security, force row level security;
revoke all on flows_private.invitation_rates from public, anon, authenticated, service_role;

grant select, insert, update (hour, hits) on flows_private.invitation_rates to flows_staff;
-- nothing for an API role, service_role included

create policy invitation_rates_floor on flows_private.invitation_rates
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_rates_all_staff on flows_private.invitation_rates
  for all to flows_staff
  using (true)
  with check (true);

----------------------------------------------------------------- erasures ----

alter table flows_private.erasures enable row level security, force row level security;
revoke all on flows_private.erasures from public, anon, authenticated, service_role;

grant select, insert on flows_private.erasures to flows_staff;
-- no update, no delete: what was erased stays erased

create policy erasures_floor on flows_private.erasures
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy erasures_all_staff on flows_private.erasures
  for all to flows_staff
  using (true)
  with check (true);

--------------------------------------------------------------------- views ----

revoke all on flows.current_client from public, anon, authenticated, service_role;
grant select on flows.current_client to authenticated;
