-- The life of an invitation: resent, erased, mailed, held back until a day, restricted, counted.

------------------------------------------------------------ client_tiers ----

alter table flows.client_tiers
  add column invitations_per_hour integer not null default 20000,
  add constraint client_tiers_invitations_per_hour_check check (invitations_per_hour > 0);
grant update (invitations_per_hour) on flows.client_tiers to flows_staff;

------------------------------------------------------------- invitations ----

alter table flows.invitations
  add column not_before timestamptz,
  -- what its token demands, by name only: the values are in the token
  add column restriction_names text[] not null default '{}',
  -- the member who invited; null where staff did
  add column invited_by uuid,
  add column superseded_by uuid,
  -- null where no mail was asked for; pending from then until the mail server has answered
  add column delivery text,
  add column delivery_fault text,
  add column delivered_at timestamptz,
  add column opened_at timestamptz,
  add constraint invitations_not_before_check check (not_before < expires_at),
  add constraint invitations_superseded_by_check
    check (superseded_by is null or status in ('superseded', 'erased')),
  add constraint invitations_delivery_check check (delivery in ('pending', 'sent', 'failed')),
  add constraint invitations_delivery_fault_check check (
    (delivery is not distinct from 'failed') = (delivery_fault is not null)
    and delivery_fault in ('unreachable', 'timed_out', 'login', 'deferred', 'refused')
  ),
  add constraint invitations_delivered_at_check
    check ((delivery is not distinct from 'sent') = (delivered_at is not null)),
  add constraint invitations_client_id_superseded_by_fkey
    foreign key (client_id, superseded_by) references flows.invitations (client_id, id);
create index invitations_client_id_superseded_by_idx on flows.invitations (client_id, superseded_by)
  where superseded_by is not null;
grant update (superseded_by, delivery, delivery_fault, delivered_at, opened_at) on flows.invitations to flows_staff;

-------------------------------------------------------- invitation_rates ----

-- How many invitations a client issued, and how many unknown tokens named it, in the hour of its last one.
create table flows_private.invitation_rates (
  client_id uuid not null,
  kind text not null,
  hour timestamptz not null,
  hits integer not null,
  constraint invitation_rates_pkey primary key (client_id, kind),
  constraint invitation_rates_kind_check check (kind in ('issue', 'unknown'))
);

-- Counts, and says whether that is still within what an hour allows.
create function flows_private.count_invitation(of_client uuid, of_kind text, amount integer, allowed integer)
returns boolean
language sql volatile
set search_path = ''
begin atomic
  insert into flows_private.invitation_rates as r (client_id, kind, hour, hits)
    values (of_client, of_kind, date_trunc('hour', now()), amount)
    on conflict (client_id, kind) do update
      set hour = excluded.hour,
        hits = case when r.hour = excluded.hour then r.hits + excluded.hits else excluded.hits end
    returning hits <= allowed;
end;
revoke all on function flows_private.count_invitation(uuid, text, integer, integer) from public;
grant execute on function flows_private.count_invitation(uuid, text, integer, integer) to flows_staff;

-- Whether a client may issue so many more invitations in this hour, by its tier; they are counted.
create function flows_private.may_issue(of_client uuid, amount integer) returns boolean
language sql volatile
set search_path = ''
begin atomic
  select flows_private.count_invitation(c.id, 'issue', amount, t.invitations_per_hour)
  from flows.clients c join flows.client_tiers t on t.tier = c.tier
  where c.id = of_client;
end;
revoke all on function flows_private.may_issue(uuid, integer) from public;
grant execute on function flows_private.may_issue(uuid, integer) to flows_staff;

-- Whether another unknown token of this client, or of nobody, is still within 1000 an hour; it is counted.
-- Past the limit the reason is withheld, and no good token is refused: else its invitees could be shut out by others.
create function flows_private.may_be_unknown(named_client text) returns boolean
language sql volatile
set search_path = ''
begin atomic
  select flows_private.count_invitation(
    coalesce(
      (select c.id from flows.clients c where c.client_code = named_client),
      '00000000-0000-0000-0000-000000000000'
    ),
    'unknown', 1, 1000);
end;
revoke all on function flows_private.may_be_unknown(text) from public;
grant execute on function flows_private.may_be_unknown(text) to flows_staff;

---------------------------------------------------------------- redeeming ----

-- Why a token of this client and invitation with this hash cannot be redeemed now; null if it can.
create or replace function flows_private.redemption_refusal(asked_client_code text, asked_invitation uuid, hash bytea) returns text
language sql stable
set search_path = ''
begin atomic
  select case
      -- nothing is left to compare a token with
      when i.status = 'erased' then 'erased'
      when i.id is null or s.token_hash is distinct from hash then 'unknown'
      when k.state in ('revoked', 'shredded') then 'key_revoked'
      when c.status <> 'active' then 'client_inactive'
      when i.status <> 'pending' then i.status
      when i.expires_at <= now() then 'expired'
      when i.not_before > now() then 'not_yet_valid'
    end
  from (values (asked_client_code, asked_invitation)) asked (client_code, id)
  left join flows.clients c on c.client_code = asked.client_code
  left join flows.invitations i on i.client_id = c.id and i.id = asked.id
  left join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
  left join flows_private.signing_keys k on k.kid = s.signing_kid;
end;

drop function flows_private.redeem(text, uuid, bytea, uuid);

-- Holds a client active until the transaction ends: a deactivation waits for it, or is seen here.
-- Locked as strongly as the member limit will lock it: two redemptions that both had to raise a lock would be stuck.
create function flows_private.hold_client_active(held_client uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform from flows.clients c where c.id = held_client and c.status = 'active' for no key update;
  if not found then
    raise exception 'The client was deactivated meanwhile'
      using errcode = 'check_violation', constraint = 'clients_active_check';
  end if;
end
$$;
revoke all on function flows_private.hold_client_active(uuid) from public;
grant execute on function flows_private.hold_client_active(uuid) to flows_staff;

-- One guarded update decides: of any number of callers at once, exactly max_uses find a row.
-- The use and the member either stand with it, or a broken constraint takes all three back.
-- `unmet` is the restriction of the token that its bearer does not meet; null if there is none.
create function flows_private.redeem(
  asked_client_code text, asked_invitation uuid, hash bytea, redeemer uuid, unmet text default null
) returns flows_private.redemption
language plpgsql volatile
set search_path = ''
as $$
declare
  accepted record;
  refusal text;
begin
  begin
    update flows.invitations i
      set used_count = i.used_count + 1,
        status = case when i.used_count + 1 = i.max_uses then 'redeemed' else i.status end
      from flows.clients c, flows.client_applications a, flows_private.invitation_secrets s
      where unmet is null
        and c.client_code = asked_client_code and c.status = 'active'
        and i.client_id = c.id and i.id = asked_invitation
        and i.status = 'pending' and i.used_count < i.max_uses and i.expires_at > now()
        and (i.not_before is null or i.not_before <= now())
        and a.client_id = i.client_id and a.id = i.app_id
        and s.client_id = i.client_id and s.invitation_id = i.id and s.token_hash = hash
        and not exists (
          select from flows_private.signing_keys k
          where k.kid = s.signing_kid and k.state in ('revoked', 'shredded')
        )
      returning i.client_id, i.used_count, i.permissions, i.created_at, c.client_code, a.app_code into accepted;
    if found then
      perform flows_private.hold_client_active(accepted.client_id);
      insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
        values (accepted.client_id, asked_invitation, accepted.used_count, redeemer);
      perform flows_private.join_client(accepted.client_id, redeemer, accepted.permissions, accepted.created_at);
      return (
        true, null, asked_invitation, accepted.client_code, accepted.app_code, accepted.permissions
      )::flows_private.redemption;
    end if;
    refusal := coalesce(
      flows_private.redemption_refusal(asked_client_code, asked_invitation, hash), unmet, 'redeemed');
  exception
    when unique_violation or check_violation then
      get stacked diagnostics refusal = constraint_name;
      refusal := case refusal
        when 'clients_active_check' then 'client_inactive'
        when 'invitation_redemptions_user_id_key' then 'already_redeemed'
        when 'client_members_max_users_check' then 'member_limit'
        when 'client_members_rejoin_check' then 'member_inactive'
      end;
      if refusal is null then
        raise;
      end if;
  end;
  -- Whoever makes up a token may name any client in it: only a real one leaves a trace with that client. A signed-in
  -- caller's token is as it came; a server that calls without claims has verified it.
  if refusal = 'unknown' and not flows_private.may_be_unknown(
    case when coalesce(current_setting('request.jwt.claims', true), '') = '' then asked_client_code end
  ) then
    refusal := 'rate_limited';
  end if;
  perform flows_private.record_refusal(
    case when refusal not in ('unknown', 'rate_limited') then asked_client_code end,
    'invitations', asked_invitation::text, 'redeem', refusal);
  return (false, refusal, asked_invitation, asked_client_code, null, null)::flows_private.redemption;
end
$$;
revoke all on function flows_private.redeem(text, uuid, bytea, uuid, text) from public;
grant execute on function flows_private.redeem(text, uuid, bytea, uuid, text) to flows_staff;

-- An address as IPv6, an IPv4 one in its mapped form (::ffff:192.0.2.1), so that either spelling fits either range.
create function flows_private.mapped_ip(address inet) returns inet
language sql immutable
set search_path = ''
begin atomic
  select case family(address)
    when 4 then set_masklen(('::ffff:' || host(address))::inet, masklen(address) + 96)
    else address
  end;
end;
revoke all on function flows_private.mapped_ip(inet) from public;

-- Where the request came from: the entry of x-forwarded-for that the proxy we trust has written, counted from the
-- right by the setting flows.forwarded_hop (1: the last). Null where nobody said which one to trust.
create function flows_private.request_ip() returns inet
language plpgsql stable
set search_path = ''
as $$
declare
  hop integer := nullif(current_setting('flows.forwarded_hop', true), '')::integer;
  entries text[] := string_to_array(
    nullif(current_setting('request.headers', true), '')::json ->> 'x-forwarded-for', ',');
begin
  if hop is null or hop < 1 then
    return null;
  end if;
  return flows_private.mapped_ip(btrim(entries[cardinality(entries) + 1 - hop])::inet);
exception
  when data_exception then
    return null;
end
$$;
revoke all on function flows_private.request_ip() from public;

-- The first restriction that the caller does not meet; null if all are met. What is not known here is not met.
-- The domain is that of an address which Supabase Auth has seen confirmed, never of what a token or a user says.
-- An address stands in the token encrypted, and its key is never here: a bound address is never met.
create function flows_private.unmet_restriction(restrictions jsonb, caller uuid) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  claims json := nullif(current_setting('request.jwt.claims', true), '')::json;
  home text := (
    select lower(substring(u.email from '^[^@]+@([^@]+)$'))
    from auth.users u
    where u.id = caller and u.email_confirmed_at is not null
  );
begin
  return case
    when restrictions - '{address,domain,ip,mfa}'::text[] <> '{}' then 'restriction_unknown'
    when restrictions ? 'address' then 'restriction_address'
    when restrictions ? 'domain' and not coalesce(restrictions -> 'domain' ? home, false) then 'restriction_domain'
    when restrictions ? 'ip' and not coalesce((
        select bool_or(flows_private.request_ip() <<= flows_private.mapped_ip(range::inet))
        from jsonb_array_elements_text(restrictions -> 'ip') range
      ), false) then 'restriction_ip'
    when restrictions ? 'mfa' and claims ->> 'aal' is distinct from 'aal2' then 'restriction_mfa'
  end;
end
$$;
revoke all on function flows_private.unmet_restriction(jsonb, uuid) from public;

-- Definer: someone who has just signed up belongs to no client yet and may see and change nothing.
-- It does for the caller's own account what a token, whose hash we keep, entitles its bearer to.
create or replace function flows_gate.redeem_invitation(token text) returns flows_private.redemption
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  redeemer uuid := (nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub')::uuid;
  payload jsonb := flows_private.token_payload(token);
  invitation text := payload ->> 'sub';
  restrictions jsonb := coalesce(payload -> 'invitation' -> 'restrictions', '{}');
  unmet text;
  result flows_private.redemption;
begin
  if redeemer is null then
    raise exception 'Sign in first' using errcode = 'insufficient_privilege';
  end if;
  if invitation ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and jsonb_typeof(restrictions) = 'object' then
    if restrictions <> '{}' then
      unmet := flows_private.unmet_restriction(restrictions, redeemer);
    end if;
    result := flows_private.redeem(
      payload -> 'invitation' ->> 'clientCode', invitation::uuid, sha256(convert_to(token, 'UTF8')), redeemer, unmet);
  end if;
  if result.redeemed then
    return result;
  end if;
  return (false, 'not_valid', null, null, null, null)::flows_private.redemption;
end
$$;

-- Definer: whoever opens a link may see and change nothing yet. It notes the first time, for a token whose hash we
-- keep, and answers nothing, so that nothing can be learned from it.
create function flows_gate.mark_invitation_opened(token text) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  payload jsonb := flows_private.token_payload(token);
begin
  update flows.invitations i
    set opened_at = now()
    from flows.clients c, flows_private.invitation_secrets s
    where c.client_code = payload -> 'invitation' ->> 'clientCode'
      and i.client_id = c.id and i.id::text = payload ->> 'sub' and i.opened_at is null
      and s.client_id = i.client_id and s.invitation_id = i.id
      and s.token_hash = sha256(convert_to(token, 'UTF8'));
end
$$;
revoke all on function flows_gate.mark_invitation_opened(text) from public;
grant execute on function flows_gate.mark_invitation_opened(text) to authenticated, service_role;

create function flows.mark_invitation_opened(token text) returns void
language sql volatile
set search_path = ''
begin atomic
  select flows_gate.mark_invitation_opened(token);
end;
revoke all on function flows.mark_invitation_opened(text) from public;
grant execute on function flows.mark_invitation_opened(text) to authenticated, service_role;
comment on function flows.mark_invitation_opened(text) is
  'RPC for the page that a link leads to: notes that the invitation was opened. POST only; it always answers nothing.';

---------------------------------------------------------------- erasures ----

-- Whose invitation was erased, and when: replayed after every restore, so that a backup never brings a person back.
-- No foreign key: the ledger outlives what it speaks of.
create table flows_private.erasures (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  invitation_id uuid not null,
  reason text not null,
  erased_at timestamptz not null default now(),
  constraint erasures_pkey primary key (client_id, id),
  constraint erasures_client_id_invitation_id_key unique (client_id, invitation_id),
  constraint erasures_reason_check check (reason in ('request', 'retention', 'mistake'))
);
create index erasures_client_id_erased_at_idx on flows_private.erasures (client_id, erased_at desc);

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

-------------------------------------------------------------------- audit ----

select flows_private.audit_table('flows.client_tiers', '{max_users,storage_bytes,features,invitations_per_hour}');
select flows_private.audit_table(
  'flows.invitations',
  '{status,permissions,max_uses,used_count,key_epoch,expires_at,not_before,restriction_names,delivery,delivery_fault}');
select flows_private.audit_table('flows_private.invitation_rates', '{kind}', '{hour,hits}');
select flows_private.audit_table('flows_private.erasures', '{reason}');
