-- Invitations: what the database knows of a token that it never holds. No name, no address, no token.

------------------------------------------------------------ signing_keys ----

-- What is public about the keys that sign tokens, so that a rotation is on record and a revoked key is refused.
-- The keys themselves are in the settings of whoever signs, never here. HS256 has no public part at all.
create table flows_private.signing_keys (
  kid text not null,
  alg text not null,
  public_jwk jsonb,
  state text not null default 'pre-active',
  not_before timestamptz,
  not_after timestamptz,
  created_at timestamptz not null default now(),
  constraint signing_keys_pkey primary key (kid),
  constraint signing_keys_kid_check check (kid ~ '^[A-Za-z0-9._~-]{1,100}$'),
  constraint signing_keys_alg_check check (alg in ('HS256', 'ES256', 'EdDSA')),
  constraint signing_keys_state_check check (state in ('pre-active', 'active', 'retiring', 'revoked', 'shredded')),
  constraint signing_keys_public_jwk_check check (
    (alg = 'HS256') = (public_jwk is null) and not coalesce(public_jwk ?| '{d,k,p,q,dp,dq,qi}', false)
  )
);
create unique index signing_keys_active_idx on flows_private.signing_keys (state)
  where state = 'active';

------------------------------------------------------------- invitations ----

create table flows.invitations (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  app_id uuid not null,
  invitation_code text not null,
  status text not null default 'pending',
  permissions text[] not null default '{}',
  max_uses integer not null default 1,
  used_count integer not null default 0,
  key_epoch integer not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  not_before timestamptz,
  -- what its token demands, by name only: the values are in the token
  restriction_names text[] not null default '{}',
  -- the member who invited; null where staff did
  invited_by uuid,
  superseded_by uuid,
  -- null where no mail was asked for; pending from then until the mail server has answered
  delivery text,
  delivery_fault text,
  delivered_at timestamptz,
  opened_at timestamptz,
  constraint invitations_pkey primary key (client_id, id),
  constraint invitations_client_id_invitation_code_key unique (client_id, invitation_code),
  constraint invitations_status_check check (
    status in ('pending', 'redeemed', 'revoked', 'expired', 'superseded', 'erased')
  ),
  constraint invitations_max_uses_check check (max_uses between 1 and 10000),
  constraint invitations_used_count_check check (used_count between 0 and max_uses),
  constraint invitations_revoked_at_check check ((status = 'revoked') = (revoked_at is not null)),
  constraint invitations_client_id_fkey foreign key (client_id) references flows.clients (id),
  constraint invitations_client_id_app_id_fkey
    foreign key (client_id, app_id) references flows.client_applications (client_id, id),
  constraint invitations_not_before_check check (not_before < expires_at),
  constraint invitations_superseded_by_check check (superseded_by is null or status in ('superseded', 'erased')),
  constraint invitations_delivery_check check (delivery in ('pending', 'sent', 'failed')),
  constraint invitations_delivery_fault_check check (
    (delivery is not distinct from 'failed') = (delivery_fault is not null)
    and delivery_fault in ('unreachable', 'timed_out', 'login', 'deferred', 'refused')
  ),
  constraint invitations_delivered_at_check check ((delivery is not distinct from 'sent') = (delivered_at is not null)),
  constraint invitations_client_id_superseded_by_fkey
    foreign key (client_id, superseded_by) references flows.invitations (client_id, id)
);
create index invitations_client_id_created_at_idx on flows.invitations (client_id, created_at desc);
create index invitations_client_id_app_id_idx on flows.invitations (client_id, app_id);
create index invitations_client_id_expires_at_idx on flows.invitations (client_id, expires_at)
  where status = 'pending';
create index invitations_client_id_superseded_by_idx on flows.invitations (client_id, superseded_by)
  where superseded_by is not null;
create trigger invitations_touch before update on flows.invitations
  for each row execute function flows_private.touch_updated_at();

-- Apart from the invitation, so that what proves and opens a token is never beside what an API role reads,
-- and so that erasing one person leaves its dead copy in a small table that is soon written anew.
create table flows_private.invitation_secrets (
  client_id uuid not null,
  invitation_id uuid not null,
  token_hash bytea,
  pii_salt bytea,
  -- no foreign key: a client that comes from another database brings tokens of keys that are not known here
  signing_kid text,
  constraint invitation_secrets_pkey primary key (client_id, invitation_id),
  constraint invitation_secrets_token_hash_check check (length(token_hash) = 32),
  constraint invitation_secrets_pii_salt_check check (length(pii_salt) = 16),
  constraint invitation_secrets_client_id_invitation_id_fkey
    foreign key (client_id, invitation_id) references flows.invitations (client_id, id) on delete cascade
);

------------------------------------------------- invitation_redemptions ----

create table flows.invitation_redemptions (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  invitation_id uuid not null,
  use_number integer not null,
  user_id uuid,
  created_at timestamptz not null default now(),
  constraint invitation_redemptions_pkey primary key (client_id, id),
  constraint invitation_redemptions_use_number_key unique (client_id, invitation_id, use_number),
  constraint invitation_redemptions_user_id_key unique (client_id, invitation_id, user_id),
  constraint invitation_redemptions_use_number_check check (use_number > 0),
  constraint invitation_redemptions_invitation_id_fkey
    foreign key (client_id, invitation_id) references flows.invitations (client_id, id)
);
create index invitation_redemptions_client_id_created_at_idx
  on flows.invitation_redemptions (client_id, created_at desc);

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

create type flows_private.redemption as (
  redeemed boolean,
  reason text,
  invitation_id uuid,
  client_code text,
  app_code text,
  permissions text[]
);

-- Why a token of this client and invitation with this hash cannot be redeemed now; null if it can.
create function flows_private.redemption_refusal(asked_client_code text, asked_invitation uuid, hash bytea) returns text
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
revoke all on function flows_private.redemption_refusal(text, uuid, bytea) from public;
grant execute on function flows_private.redemption_refusal(text, uuid, bytea) to flows_staff;

-- Makes a person a member, or widens what a member may do. Nobody joins nothing.
-- Whoever was put out comes back only by an invitation made after that, not by one that was still lying about.
create function flows_private.join_client(
  joined_client uuid, joining_user uuid, granted text[], invited_at timestamptz
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if joining_user is null then
    return;
  end if;
  insert into flows.client_members as m (client_id, user_id, permissions)
    values (joined_client, joining_user, granted)
    on conflict (client_id, user_id) do update
      set permissions = array(select distinct p from unnest(m.permissions || excluded.permissions) p order by p),
        status = 'active'
      where m.status = 'active' or m.updated_at < invited_at;
  if not found then
    raise exception 'This member was made inactive after the invitation'
      using errcode = 'check_violation', constraint = 'client_members_rejoin_check';
  end if;
end
$$;
revoke all on function flows_private.join_client(uuid, uuid, text[], timestamptz) from public;
grant execute on function flows_private.join_client(uuid, uuid, text[], timestamptz) to flows_staff;

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

-- Whether a person has redeemed any of the invitations in whose place this one was sent, one after the other.
create function flows_private.has_redeemed_earlier(of_client uuid, resent uuid, person uuid) returns boolean
language sql stable
set search_path = ''
begin atomic
  with recursive earlier (id) as (
    select i.id from flows.invitations i where i.client_id = of_client and i.superseded_by = resent
    union
    select i.id
    from earlier
    join flows.invitations i on i.client_id = of_client and i.superseded_by = earlier.id
  )
  select exists (
    select
    from earlier
    join flows.invitation_redemptions r
      on r.client_id = of_client and r.invitation_id = earlier.id and r.user_id = person
  );
end;
revoke all on function flows_private.has_redeemed_earlier(uuid, uuid, uuid) from public;
grant execute on function flows_private.has_redeemed_earlier(uuid, uuid, uuid) to flows_staff;

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
      -- One that was sent again is still the same invitation to whoever has taken it up already.
      if flows_private.has_redeemed_earlier(accepted.client_id, asked_invitation, redeemer) then
        raise exception 'This person has redeemed an earlier link of this invitation'
          using errcode = 'unique_violation', constraint = 'invitation_redemptions_user_id_key';
      end if;
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

-- The payload of a compact JWT, or null if the text is none. Nothing in it is believed: the hash decides.
create function flows_private.token_payload(token text) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  body text := translate(split_part(token, '.', 2), '-_', '+/');
begin
  if length(token) > 4096 or token !~ '^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$' then
    return null;
  end if;
  return convert_from(decode(rpad(body, (length(body) + 3) / 4 * 4, '='), 'base64'), 'UTF8')::jsonb;
exception
  when data_exception then
    return null;
end
$$;
revoke all on function flows_private.token_payload(text) from public;

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
create function flows_gate.redeem_invitation(token text) returns flows_private.redemption
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
revoke all on function flows_gate.redeem_invitation(text) from public;
grant execute on function flows_gate.redeem_invitation(text) to authenticated, service_role;

create function flows.redeem_invitation(token text)
returns table (redeemed boolean, reason text, invitation_id uuid, client_code text, app_code text, permissions text[])
language sql volatile
set search_path = ''
begin atomic
  select r.redeemed, r.reason, r.invitation_id, r.client_code, r.app_code, r.permissions
  from flows_gate.redeem_invitation(token) r;
end;
revoke all on function flows.redeem_invitation(text) from public;
grant execute on function flows.redeem_invitation(text) to authenticated, service_role;
comment on function flows.redeem_invitation(text) is
  'RPC for a signed-in user: redeems an invitation for the caller''s own account. POST only. '
  'A refusal says not_valid and no more; the exact reason is in the audit trail.';

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
