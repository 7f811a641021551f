-- The database knows which master key wraps; an invitation that is sent again is taken up once by a person.

-------------------------------------------------------------- master_keys ----

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

---------------------------------------------------------------- redeeming ----

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
create or replace function flows_private.redeem(
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
