-- Keys that sign: what is public about them, and which of them signed which token.

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

select flows_private.audit_table('flows_private.signing_keys', '{alg,state}');

------------------------------------------------------------- invitations ----

-- no foreign key: a client that comes from another database brings tokens of keys that are not known here
alter table flows_private.invitation_secrets add column signing_kid text;
grant update (signing_kid) on flows_private.invitation_secrets to flows_staff;
select flows_private.audit_table('flows_private.invitation_secrets', '{}');

---------------------------------------------------------------- redeeming ----

-- Why a token of this client and invitation with this hash cannot be redeemed now; null if it can.
create or replace function flows_private.redemption_refusal(asked_client_code text, asked_invitation uuid, hash bytea) returns text
language sql stable
set search_path = ''
begin atomic
  select case
      when i.id is null or s.token_hash is distinct from hash then 'unknown'
      when k.state in ('revoked', 'shredded') then 'key_revoked'
      when c.status <> 'active' then 'client_inactive'
      when i.status <> 'pending' then i.status
      when i.expires_at <= now() then 'expired'
    end
  from (values (asked_client_code, asked_invitation)) asked (client_code, id)
  left join flows.clients c on c.client_code = asked.client_code
  left join flows.invitations i on i.client_id = c.id and i.id = asked.id
  left join flows_private.invitation_secrets s on s.client_id = i.client_id and s.invitation_id = i.id
  left join flows_private.signing_keys k on k.kid = s.signing_kid;
end;

-- One guarded update decides: of any number of callers at once, exactly max_uses find a row.
-- The use and the member either stand with it, or a broken constraint takes all three back.
create or replace function flows_private.redeem(asked_client_code text, asked_invitation uuid, hash bytea, redeemer uuid)
returns flows_private.redemption
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
      where c.client_code = asked_client_code and c.status = 'active'
        and i.client_id = c.id and i.id = asked_invitation
        and i.status = 'pending' and i.used_count < i.max_uses and i.expires_at > now()
        and a.client_id = i.client_id and a.id = i.app_id
        and s.client_id = i.client_id and s.invitation_id = i.id and s.token_hash = hash
        and not exists (
          select from flows_private.signing_keys k
          where k.kid = s.signing_kid and k.state in ('revoked', 'shredded')
        )
      returning i.client_id, i.used_count, i.permissions, i.created_at, c.client_code, a.app_code into accepted;
    if found then
      insert into flows.invitation_redemptions (client_id, invitation_id, use_number, user_id)
        values (accepted.client_id, asked_invitation, accepted.used_count, redeemer);
      perform flows_private.join_client(accepted.client_id, redeemer, accepted.permissions, accepted.created_at);
      return (
        true, null, asked_invitation, accepted.client_code, accepted.app_code, accepted.permissions
      )::flows_private.redemption;
    end if;
    refusal := coalesce(flows_private.redemption_refusal(asked_client_code, asked_invitation, hash), 'redeemed');
  exception
    when unique_violation or check_violation then
      get stacked diagnostics refusal = constraint_name;
      refusal := case refusal
        when 'invitation_redemptions_user_id_key' then 'already_redeemed'
        when 'client_members_max_users_check' then 'member_limit'
        when 'client_members_rejoin_check' then 'member_inactive'
      end;
      if refusal is null then
        raise;
      end if;
  end;
  -- Whoever makes up a token may name any client in it: only a real one leaves a trace in that client's trail.
  perform flows_private.record_refusal(
    case when refusal <> 'unknown' then asked_client_code end,
    'invitations', asked_invitation::text, 'redeem', refusal);
  return (false, refusal, asked_invitation, asked_client_code, null, null)::flows_private.redemption;
end
$$;
