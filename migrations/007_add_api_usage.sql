-- What every client uses: API calls by hour and day, snapshots, invitations by month; how long each tier keeps them.

------------------------------------------------------------ client_tiers ----

alter table flows.client_tiers
  add column usage_days integer not null default 400,
  add constraint client_tiers_usage_days_check check (usage_days > 0);
grant update (usage_days) on flows.client_tiers to flows_staff;
select flows_private.audit_table(
  'flows.client_tiers', '{max_users,storage_bytes,features,invitations_per_hour,usage_days}');

-- Nothing here is under audit: the counts are no decision of anybody, they come by the million, nobody is granted a
-- verb that changes them, and flows_private.usage_batches says who added what.

------------------------------------------------------------ what is counted ----

-- The part of the API that a path leads to, as Supabase's gateway divides them.
create function flows_private.endpoint_class(path text) returns text
language sql immutable parallel safe
set search_path = ''
begin atomic
  select case
    when path ~ '^/rest/v1/rpc/' then 'rpc'
    when path ~ '^/(rest|auth|storage|functions|realtime|graphql)/v1([/?]|$)' then split_part(path, '/', 2)
    else 'other'
  end;
end;
revoke all on function flows_private.endpoint_class(text) from public;

-- Calls of one hour (UTC). app_code is that of an application the client has, else _other, or _none where none was
-- named: whoever calls can make up no further rows. An error is an answer of 500 or above. ms_5 counts the calls that
-- took at most 5 ms, ms_10 those above that and up to 10 ms, ms_more those above 10 s; a call of which nobody said how
-- long it took is in none of them.
create table flows.api_usage (
  client_id uuid not null,
  hour timestamptz not null,
  app_code text not null,
  endpoint_class text not null,
  status_class text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  total_ms bigint not null default 0,
  ms_5 bigint not null default 0,
  ms_10 bigint not null default 0,
  ms_25 bigint not null default 0,
  ms_50 bigint not null default 0,
  ms_100 bigint not null default 0,
  ms_250 bigint not null default 0,
  ms_500 bigint not null default 0,
  ms_1000 bigint not null default 0,
  ms_2500 bigint not null default 0,
  ms_5000 bigint not null default 0,
  ms_10000 bigint not null default 0,
  ms_more bigint not null default 0,
  constraint api_usage_pkey primary key (client_id, hour, app_code, endpoint_class, status_class),
  constraint api_usage_endpoint_class_check check (
    endpoint_class in ('rest', 'rpc', 'auth', 'storage', 'functions', 'realtime', 'graphql', 'other')
  ),
  constraint api_usage_status_class_check check (status_class in ('1xx', '2xx', '3xx', '4xx', '5xx')),
  constraint api_usage_calls_check check (calls >= errors and errors >= 0),
  constraint api_usage_client_id_fkey foreign key (client_id) references flows.clients (id)
);
-- For what is read of all clients together: rows come in the order of time.
create index api_usage_hour_idx on flows.api_usage using brin (hour);

-- The hours of days long past, added up; kept as long as the client's tier says.
create table flows.api_usage_days (
  client_id uuid not null,
  day date not null,
  app_code text not null,
  endpoint_class text not null,
  status_class text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  total_ms bigint not null default 0,
  ms_5 bigint not null default 0,
  ms_10 bigint not null default 0,
  ms_25 bigint not null default 0,
  ms_50 bigint not null default 0,
  ms_100 bigint not null default 0,
  ms_250 bigint not null default 0,
  ms_500 bigint not null default 0,
  ms_1000 bigint not null default 0,
  ms_2500 bigint not null default 0,
  ms_5000 bigint not null default 0,
  ms_10000 bigint not null default 0,
  ms_more bigint not null default 0,
  constraint api_usage_days_pkey primary key (client_id, day, app_code, endpoint_class, status_class),
  constraint api_usage_days_calls_check check (calls >= errors and errors >= 0),
  constraint api_usage_days_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index api_usage_days_day_idx on flows.api_usage_days using brin (day);

-- All that was ever counted: counters that only grow, for whoever watches from outside.
create table flows.api_usage_totals (
  client_id uuid not null,
  app_code text not null,
  status_class text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  total_ms bigint not null default 0,
  ms_5 bigint not null default 0,
  ms_10 bigint not null default 0,
  ms_25 bigint not null default 0,
  ms_50 bigint not null default 0,
  ms_100 bigint not null default 0,
  ms_250 bigint not null default 0,
  ms_500 bigint not null default 0,
  ms_1000 bigint not null default 0,
  ms_2500 bigint not null default 0,
  ms_5000 bigint not null default 0,
  ms_10000 bigint not null default 0,
  ms_more bigint not null default 0,
  constraint api_usage_totals_pkey primary key (client_id, app_code, status_class),
  constraint api_usage_totals_calls_check check (calls >= errors and errors >= 0),
  constraint api_usage_totals_client_id_fkey foreign key (client_id) references flows.clients (id)
);

-- What a client had when a day was last looked at.
create table flows.client_snapshots (
  client_id uuid not null,
  day date not null,
  taken_at timestamptz not null default now(),
  active_members integer not null default 0,
  inactive_members integer not null default 0,
  object_count bigint not null default 0,
  object_bytes bigint not null default 0,
  constraint client_snapshots_pkey primary key (client_id, day),
  constraint client_snapshots_client_id_fkey foreign key (client_id) references flows.clients (id)
);

-- How far the invitations issued in a month (UTC) got.
create table flows.invitation_months (
  client_id uuid not null,
  month date not null,
  issued integer not null default 0,
  sent integer not null default 0,
  opened integer not null default 0,
  redeemed integer not null default 0,
  expired integer not null default 0,
  revoked integer not null default 0,
  superseded integer not null default 0,
  erased integer not null default 0,
  pending integer not null default 0,
  -- those that may still change: the month is counted again until there are none
  unsettled integer not null default 0,
  -- null where none was redeemed
  median_seconds_to_redeem integer,
  constraint invitation_months_pkey primary key (client_id, month),
  constraint invitation_months_client_id_fkey foreign key (client_id) references flows.clients (id)
);

-- Calls counted by the database itself while it served them, one row each, so that no two requests wait for one
-- counter. They are added to their hour by the next roll-up.
create table flows_private.api_calls (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  app_code text not null,
  endpoint_class text not null,
  constraint api_calls_pkey primary key (client_id, id),
  constraint api_calls_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index api_calls_client_id_created_at_idx on flows_private.api_calls (client_id, created_at desc);

-- What was added already, so that a batch sent or read again adds nothing. It speaks of many clients and holds no
-- row of any. Of a log that was read it also says how far: a digest of all bytes up to there.
create table flows_private.usage_batches (
  id uuid not null,
  actor text not null default flows_private.audit_actor(),
  events integer not null,
  refused integer not null,
  log_id text,
  log_bytes bigint,
  log_lines bigint,
  log_digest text,
  created_at timestamptz not null default now(),
  forget_at timestamptz not null,
  constraint usage_batches_pkey primary key (id),
  constraint usage_batches_log_check check (num_nulls(log_id, log_bytes, log_lines, log_digest) in (0, 4))
);
create index usage_batches_log_id_idx on flows_private.usage_batches (log_id, log_bytes)
  where log_id is not null;
create index usage_batches_forget_at_idx on flows_private.usage_batches (forget_at);

------------------------------------------------------------------- access ----

alter table flows.api_usage enable row level security, force row level security;
revoke all on flows.api_usage from public, anon, authenticated, service_role;

grant select on flows.api_usage to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: counts are added by the functions below, and only added

create policy api_usage_floor on flows.api_usage
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy api_usage_select_own on flows.api_usage
  for select to authenticated
  using (true);

create policy api_usage_select_staff on flows.api_usage
  for select to flows_staff
  using (true);

alter table flows.api_usage_days enable row level security, force row level security;
revoke all on flows.api_usage_days from public, anon, authenticated, service_role;

grant select on flows.api_usage_days to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: as above

create policy api_usage_days_floor on flows.api_usage_days
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy api_usage_days_select_own on flows.api_usage_days
  for select to authenticated
  using (true);

create policy api_usage_days_select_staff on flows.api_usage_days
  for select to flows_staff
  using (true);

alter table flows.api_usage_totals enable row level security, force row level security;
revoke all on flows.api_usage_totals from public, anon, authenticated, service_role;

grant select on flows.api_usage_totals to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: as above

create policy api_usage_totals_floor on flows.api_usage_totals
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy api_usage_totals_select_own on flows.api_usage_totals
  for select to authenticated
  using (true);

create policy api_usage_totals_select_staff on flows.api_usage_totals
  for select to flows_staff
  using (true);

alter table flows.client_snapshots enable row level security, force row level security;
revoke all on flows.client_snapshots from public, anon, authenticated, service_role;

grant select on flows.client_snapshots to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: they are taken by the functions below

create policy client_snapshots_floor on flows.client_snapshots
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy client_snapshots_select_own on flows.client_snapshots
  for select to authenticated
  using (true);

create policy client_snapshots_select_staff on flows.client_snapshots
  for select to flows_staff
  using (true);

alter table flows.invitation_months enable row level security, force row level security;
revoke all on flows.invitation_months from public, anon, authenticated, service_role;

grant select on flows.invitation_months to authenticated, service_role, flows_staff;
-- no insert, update or delete for anyone: they are counted by the functions below

create policy invitation_months_floor on flows.invitation_months
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy invitation_months_select_own on flows.invitation_months
  for select to authenticated
  using (true);

create policy invitation_months_select_staff on flows.invitation_months
  for select to flows_staff
  using (true);

alter table flows_private.api_calls enable row level security, force row level security;
revoke all on flows_private.api_calls from public, anon, authenticated, service_role;

grant select on flows_private.api_calls to flows_staff;
-- no insert, update or delete for anyone: as above

create policy api_calls_floor on flows_private.api_calls
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));

create policy api_calls_select_staff on flows_private.api_calls
  for select to flows_staff
  using (true);

alter table flows_private.usage_batches enable row level security, force row level security;
revoke all on flows_private.usage_batches from public, anon, authenticated, service_role;

grant select on flows_private.usage_batches to flows_staff;
-- no insert, update or delete for anyone: as above
-- no floor: a batch belongs to no client

create policy usage_batches_select_staff on flows_private.usage_batches
  for select to flows_staff
  using (true);

------------------------------------------------------------------- adding ----

-- Adds counts, given as an array of objects with the columns of api_usage and ms, the 12 counts of the histogram.
-- No key may come twice. Rows are taken in the order of the key, so that writers wait for each other and never in a
-- ring.
create function flows_private.add_api_usage(counts jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  insert into flows.api_usage as u (
      client_id, hour, app_code, endpoint_class, status_class,
      calls, errors, total_ms, ms_5, ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000,
      ms_10000, ms_more
    )
    select c.client_id, c.hour, c.app_code, c.endpoint_class, c.status_class,
      c.calls, c.errors, c.total_ms, c.ms[1], c.ms[2], c.ms[3], c.ms[4], c.ms[5], c.ms[6], c.ms[7], c.ms[8],
      c.ms[9], c.ms[10], c.ms[11], c.ms[12]
    from jsonb_to_recordset(counts) as c (
      client_id uuid, hour timestamptz, app_code text, endpoint_class text, status_class text,
      calls bigint, errors bigint, total_ms bigint, ms bigint[]
    )
    order by c.client_id, c.hour, c.app_code, c.endpoint_class, c.status_class
    on conflict (client_id, hour, app_code, endpoint_class, status_class) do update set
      calls = u.calls + excluded.calls,
      errors = u.errors + excluded.errors,
      total_ms = u.total_ms + excluded.total_ms,
      ms_5 = u.ms_5 + excluded.ms_5,
      ms_10 = u.ms_10 + excluded.ms_10,
      ms_25 = u.ms_25 + excluded.ms_25,
      ms_50 = u.ms_50 + excluded.ms_50,
      ms_100 = u.ms_100 + excluded.ms_100,
      ms_250 = u.ms_250 + excluded.ms_250,
      ms_500 = u.ms_500 + excluded.ms_500,
      ms_1000 = u.ms_1000 + excluded.ms_1000,
      ms_2500 = u.ms_2500 + excluded.ms_2500,
      ms_5000 = u.ms_5000 + excluded.ms_5000,
      ms_10000 = u.ms_10000 + excluded.ms_10000,
      ms_more = u.ms_more + excluded.ms_more;

  insert into flows.api_usage_totals as t (
      client_id, app_code, status_class,
      calls, errors, total_ms, ms_5, ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000,
      ms_10000, ms_more
    )
    select c.client_id, c.app_code, c.status_class,
      sum(c.calls), sum(c.errors), sum(c.total_ms), sum(c.ms[1]), sum(c.ms[2]), sum(c.ms[3]), sum(c.ms[4]),
      sum(c.ms[5]), sum(c.ms[6]), sum(c.ms[7]), sum(c.ms[8]), sum(c.ms[9]), sum(c.ms[10]), sum(c.ms[11]),
      sum(c.ms[12])
    from jsonb_to_recordset(counts) as c (
      client_id uuid, app_code text, status_class text, calls bigint, errors bigint, total_ms bigint, ms bigint[]
    )
    group by c.client_id, c.app_code, c.status_class
    order by c.client_id, c.app_code, c.status_class
    on conflict (client_id, app_code, status_class) do update set
      calls = t.calls + excluded.calls,
      errors = t.errors + excluded.errors,
      total_ms = t.total_ms + excluded.total_ms,
      ms_5 = t.ms_5 + excluded.ms_5,
      ms_10 = t.ms_10 + excluded.ms_10,
      ms_25 = t.ms_25 + excluded.ms_25,
      ms_50 = t.ms_50 + excluded.ms_50,
      ms_100 = t.ms_100 + excluded.ms_100,
      ms_250 = t.ms_250 + excluded.ms_250,
      ms_500 = t.ms_500 + excluded.ms_500,
      ms_1000 = t.ms_1000 + excluded.ms_1000,
      ms_2500 = t.ms_2500 + excluded.ms_2500,
      ms_5000 = t.ms_5000 + excluded.ms_5000,
      ms_10000 = t.ms_10000 + excluded.ms_10000,
      ms_more = t.ms_more + excluded.ms_more;
end
$$;
revoke all on function flows_private.add_api_usage(jsonb) from public;

-- Definer: nobody may write the counters, so that they can only be added to. False if the batch is known already.
-- Of a log that is read in stretches it also keeps how far this one leads.
create function flows_private.add_usage_batch(
  batch_id uuid, counts jsonb, event_count integer, refused_count integer,
  log text, end_bytes bigint, end_lines bigint, end_digest text
) returns boolean
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  insert into flows_private.usage_batches
      (id, events, refused, log_id, log_bytes, log_lines, log_digest, forget_at)
    values (
      batch_id, event_count, refused_count, log, end_bytes, end_lines, end_digest, now() + interval '400 days')
    on conflict (id) do nothing;
  if not found then
    return false;
  end if;
  perform flows_private.add_api_usage(counts);
  return true;
end
$$;
revoke all on function flows_private.add_usage_batch(uuid, jsonb, integer, integer, text, bigint, bigint, text)
  from public;
grant execute on function flows_private.add_usage_batch(uuid, jsonb, integer, integer, text, bigint, bigint, text)
  to flows_staff;

-- When an event says it happened; null for what is no moment in ISO 8601 with its zone, or lies in the future.
create function flows_private.event_moment(told text) returns timestamptz
language sql stable parallel safe
set search_path = ''
begin atomic
  select case
    when told is null then now()
    when told ~ ('^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
        || 'T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$')
      then case
        when substr(told, 9, 2)::integer <= extract(day from
            make_date(substr(told, 1, 4)::integer, substr(told, 6, 2)::integer, 1) + interval '1 month - 1 day')
          then (select m.moment from (select told::timestamptz) m (moment) where m.moment < now() + interval '1 hour')
      end
  end;
end;
revoke all on function flows_private.event_moment(text) from public;

-- Each event of a batch: which count it belongs to, or the reason why it belongs to none.
create function flows_private.judged_events(events jsonb) returns table (
  place bigint, reason text, client_id uuid, hour timestamptz, app_code text, endpoint_class text, status integer,
  ms numeric
)
language sql stable
set search_path = ''
begin atomic
  select e.place,
    case
      when c.id is null then 'client_unknown'
      when s.status is null then 'status_invalid'
      when not d.valid then 'duration_invalid'
      when m.moment is null then 'moment_invalid'
    end,
    c.id, date_trunc('hour', m.moment, 'UTC'),
    coalesce(a.app_code, case when e.event ->> 'app' is null then '_none' else '_other' end),
    case
      when e.event ->> 'endpoint' in ('rest', 'rpc', 'auth', 'storage', 'functions', 'realtime', 'graphql')
        then e.event ->> 'endpoint'
      else flows_private.endpoint_class(e.event ->> 'endpoint')
    end,
    s.status, d.ms
  from jsonb_array_elements(events) with ordinality e (event, place)
  left join flows.clients c on c.client_code = e.event ->> 'client'
  left join flows.client_applications a on a.client_id = c.id and a.app_code = e.event ->> 'app'
  cross join lateral (
    select case when e.event ->> 'status' ~ '^[1-5][0-9]{2}$' then (e.event ->> 'status')::integer end as status
  ) s
  cross join lateral (
    select
      case jsonb_typeof(e.event -> 'ms') when 'number' then (e.event ->> 'ms')::numeric end as ms,
      coalesce(case jsonb_typeof(e.event -> 'ms')
        when 'number' then (e.event ->> 'ms')::numeric between 0 and 86400000
        when 'null' then true
        else e.event -> 'ms' is null
      end, true) as valid
  ) d
  cross join lateral (select flows_private.event_moment(e.event ->> 'at') as moment) m;
end;
revoke all on function flows_private.judged_events(jsonb) from public;

-- Definer: a gateway or server adds what it has seen of every client, and may write no counter. Nobody who speaks for
-- one client may call it, so that none can be charged with calls it never made.
create function flows_gate.record_api_usage(batch_id uuid, events jsonb) returns jsonb
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  counts jsonb;
  recorded_count integer;
  refused_count integer;
  first_refused jsonb;
begin
  if batch_id is null or jsonb_typeof(events) is distinct from 'array' or jsonb_array_length(events) > 10000 then
    raise exception 'A batch is a uuid and an array of at most 10000 events'
      using errcode = 'check_violation', constraint = 'usage_batches_events_check';
  end if;
  with judged as materialized (
    select * from flows_private.judged_events(events)
  ), counted as (
    select j.client_id, j.hour, j.app_code, j.endpoint_class, j.status / 100 || 'xx' as status_class,
      count(*) as calls, count(*) filter (where j.status >= 500) as errors,
      coalesce(sum(round(j.ms)), 0)::bigint as total_ms,
      array[
        count(*) filter (where j.ms <= 5), count(*) filter (where j.ms > 5 and j.ms <= 10),
        count(*) filter (where j.ms > 10 and j.ms <= 25), count(*) filter (where j.ms > 25 and j.ms <= 50),
        count(*) filter (where j.ms > 50 and j.ms <= 100), count(*) filter (where j.ms > 100 and j.ms <= 250),
        count(*) filter (where j.ms > 250 and j.ms <= 500), count(*) filter (where j.ms > 500 and j.ms <= 1000),
        count(*) filter (where j.ms > 1000 and j.ms <= 2500),
        count(*) filter (where j.ms > 2500 and j.ms <= 5000),
        count(*) filter (where j.ms > 5000 and j.ms <= 10000), count(*) filter (where j.ms > 10000)
      ] as ms
    from judged j
    where j.reason is null
    group by j.client_id, j.hour, j.app_code, j.endpoint_class, j.status / 100
  )
  select (select jsonb_agg(to_jsonb(c)) from counted c),
      (select count(*) from judged j where j.reason is null),
      (select count(*) from judged j where j.reason is not null),
      (select jsonb_agg(jsonb_build_object('event', f.place, 'reason', f.reason) order by f.place)
        from (select j.place, j.reason from judged j where j.reason is not null order by j.place limit 100) f)
    into counts, recorded_count, refused_count, first_refused;
  insert into flows_private.usage_batches (id, events, refused, forget_at)
    values (batch_id, recorded_count, refused_count, now() + interval '30 days')
    on conflict (id) do nothing;
  if not found then
    return jsonb_build_object('duplicate', true, 'recorded', 0, 'refused', 0, 'refusals', '[]'::jsonb);
  end if;
  perform flows_private.add_api_usage(coalesce(counts, '[]'));
  return jsonb_build_object(
    'duplicate', false, 'recorded', recorded_count, 'refused', refused_count,
    'refusals', coalesce(first_refused, '[]'));
end
$$;
revoke all on function flows_gate.record_api_usage(uuid, jsonb) from public;
grant execute on function flows_gate.record_api_usage(uuid, jsonb) to service_role, flows_staff;

create function flows.record_api_usage(batch_id uuid, events jsonb) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select flows_gate.record_api_usage(batch_id, events);
end;
revoke all on function flows.record_api_usage(uuid, jsonb) from public;
grant execute on function flows.record_api_usage(uuid, jsonb) to service_role, flows_staff;
comment on function flows.record_api_usage(uuid, jsonb) is
  'Adds up to 10000 API calls, each {client, app?, endpoint?, status, ms?, at?}, to the hourly counts. A batch that '
  'was recorded before adds nothing. Gives {duplicate, recorded, refused, refusals: [{event, reason}]}.';

-- Definer: whoever calls may not write the counts. It adds one call of the caller's own client and nothing else.
-- A read runs in a read-only transaction, where nothing can be counted.
create function flows_gate.count_api_request() returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  caller_client uuid;
  named_app text;
begin
  if current_setting('transaction_read_only') = 'on' then
    return;
  end if;
  caller_client := flows.current_client_id();
  if caller_client is null then
    return;
  end if;
  named_app := nullif(current_setting('request.headers', true), '')::json ->> 'x-flows-app';
  insert into flows_private.api_calls (client_id, app_code, endpoint_class)
    values (
      caller_client,
      coalesce(
        (select a.app_code from flows.client_applications a
          where a.client_id = caller_client and a.app_code = named_app),
        case when named_app is null then '_none' else '_other' end),
      case when current_setting('request.path', true) like '/rpc/%' then 'rpc' else 'rest' end);
end
$$;
revoke all on function flows_gate.count_api_request() from public;
grant execute on function flows_gate.count_api_request() to anon, authenticated, service_role;

create function flows.count_api_request() returns void
language sql volatile
set search_path = ''
begin atomic
  select flows_gate.count_api_request();
end;
revoke all on function flows.count_api_request() from public;
grant execute on function flows.count_api_request() to anon, authenticated, service_role;
comment on function flows.count_api_request() is
  'For PostgREST''s db-pre-request: counts a write of the caller''s client, if the write is committed.';

--------------------------------------------------------------- rolling up ----

-- Adds what the database counted itself to the hours it belongs to. What did not fail is counted as 2xx.
create function flows_private.fold_api_calls(of_client uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  counts jsonb;
begin
  with folded as (
    delete from flows_private.api_calls a where a.client_id = of_client
    returning date_trunc('hour', a.created_at, 'UTC') as hour, a.app_code, a.endpoint_class
  )
  select jsonb_agg(to_jsonb(c)) into counts
    from (
      select of_client as client_id, f.hour, f.app_code, f.endpoint_class, '2xx' as status_class,
        count(*) as calls, 0 as errors, 0 as total_ms, array_fill(0, array[12]) as ms
      from folded f
      group by f.hour, f.app_code, f.endpoint_class
    ) c;
  perform flows_private.add_api_usage(coalesce(counts, '[]'));
end
$$;
revoke all on function flows_private.fold_api_calls(uuid) from public;

-- Counts the invitations of a client anew, for the months that may have changed since they were last counted.
create function flows_private.count_invitation_months(of_client uuid) returns void
language sql volatile
set search_path = ''
begin atomic
  insert into flows.invitation_months as m (
      client_id, month, issued, sent, opened, redeemed, expired, revoked, superseded, erased, pending, unsettled,
      median_seconds_to_redeem
    )
    select i.client_id, date_trunc('month', i.created_at at time zone 'UTC')::date,
      count(*), count(i.delivered_at), count(i.opened_at), count(*) filter (where i.used_count > 0),
      count(*) filter (where i.status = 'expired' or i.status = 'pending' and i.expires_at <= now()),
      count(*) filter (where i.status = 'revoked'),
      count(*) filter (where i.status = 'superseded'),
      count(*) filter (where i.status = 'erased'),
      count(*) filter (where i.status = 'pending' and i.used_count = 0 and i.expires_at > now()),
      count(*) filter (where i.status = 'pending'),
      round(extract(epoch from percentile_cont(0.5) within group (order by r.created_at - i.created_at)))::integer
    from flows.invitations i
    left join flows.invitation_redemptions r
      on r.client_id = i.client_id and r.invitation_id = i.id and r.use_number = 1
    where i.client_id = of_client
      and i.created_at >= (
        select case count(*)
            when 0 then '-infinity'
            else least(
              min(k.month) filter (where k.unsettled > 0),
              max(k.month),
              (date_trunc('month', now() at time zone 'UTC') - interval '1 month')::date
            )::timestamp at time zone 'UTC'
          end
        from flows.invitation_months k
        where k.client_id = of_client
      )
    group by i.client_id, date_trunc('month', i.created_at at time zone 'UTC')
    on conflict (client_id, month) do update set
      issued = excluded.issued,
      sent = excluded.sent,
      opened = excluded.opened,
      redeemed = excluded.redeemed,
      expired = excluded.expired,
      revoked = excluded.revoked,
      superseded = excluded.superseded,
      erased = excluded.erased,
      pending = excluded.pending,
      unsettled = excluded.unsettled,
      median_seconds_to_redeem = excluded.median_seconds_to_redeem;
end;
revoke all on function flows_private.count_invitation_months(uuid) from public;

-- Definer: nobody may write the figures, so that they are always what the tables say. Cheap enough for every report.
create function flows_private.refresh_usage(of_client uuid) returns void
language plpgsql volatile security definer
set search_path = ''
as $$
begin
  perform flows_private.fold_api_calls(of_client);
  perform flows_private.count_invitation_months(of_client);
  insert into flows.client_snapshots as s
      (client_id, day, active_members, inactive_members, object_count, object_bytes)
    select of_client, (now() at time zone 'UTC')::date,
      (select count(*) from flows.client_members m where m.client_id = of_client and m.status = 'active'),
      (select count(*) from flows.client_members m where m.client_id = of_client and m.status = 'inactive'),
      (select coalesce(sum(b.object_count), 0) from flows.client_buckets b where b.client_id = of_client),
      (select coalesce(sum(b.object_bytes), 0) from flows.client_buckets b where b.client_id = of_client)
    on conflict (client_id, day) do update set
      taken_at = excluded.taken_at,
      active_members = excluded.active_members,
      inactive_members = excluded.inactive_members,
      object_count = excluded.object_count,
      object_bytes = excluded.object_bytes;
end
$$;
revoke all on function flows_private.refresh_usage(uuid) from public;
grant execute on function flows_private.refresh_usage(uuid) to flows_staff;

-- Definer: as above. Moves the hours of days before `before` into those days, and gives how many hours it moved.
-- The hours are locked in the order of the key, as writers do; one that comes later for such a day is moved next time.
create function flows_private.roll_up_hours(of_client uuid, before date) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  until timestamptz := before::timestamp at time zone 'UTC';
  moved integer;
begin
  perform from flows.api_usage u
    where u.client_id = of_client and u.hour < until
    order by u.client_id, u.hour, u.app_code, u.endpoint_class, u.status_class
    for update;
  with gone as (
    delete from flows.api_usage u where u.client_id = of_client and u.hour < until
    returning *
  ), added as (
    insert into flows.api_usage_days as d (
        client_id, day, app_code, endpoint_class, status_class,
        calls, errors, total_ms, ms_5, ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000,
        ms_10000, ms_more
      )
      select client_id, (hour at time zone 'UTC')::date, app_code, endpoint_class, status_class,
        sum(calls), sum(errors), sum(total_ms), sum(ms_5), sum(ms_10), sum(ms_25), sum(ms_50), sum(ms_100),
        sum(ms_250), sum(ms_500), sum(ms_1000), sum(ms_2500), sum(ms_5000), sum(ms_10000), sum(ms_more)
      from gone
      group by client_id, (hour at time zone 'UTC')::date, app_code, endpoint_class, status_class
      order by client_id, (hour at time zone 'UTC')::date, app_code, endpoint_class, status_class
      on conflict (client_id, day, app_code, endpoint_class, status_class) do update set
        calls = d.calls + excluded.calls,
        errors = d.errors + excluded.errors,
        total_ms = d.total_ms + excluded.total_ms,
        ms_5 = d.ms_5 + excluded.ms_5,
        ms_10 = d.ms_10 + excluded.ms_10,
        ms_25 = d.ms_25 + excluded.ms_25,
        ms_50 = d.ms_50 + excluded.ms_50,
        ms_100 = d.ms_100 + excluded.ms_100,
        ms_250 = d.ms_250 + excluded.ms_250,
        ms_500 = d.ms_500 + excluded.ms_500,
        ms_1000 = d.ms_1000 + excluded.ms_1000,
        ms_2500 = d.ms_2500 + excluded.ms_2500,
        ms_5000 = d.ms_5000 + excluded.ms_5000,
        ms_10000 = d.ms_10000 + excluded.ms_10000,
        ms_more = d.ms_more + excluded.ms_more
  )
  select count(*) into moved from gone;
  return moved;
end
$$;
revoke all on function flows_private.roll_up_hours(uuid, date) from public;
grant execute on function flows_private.roll_up_hours(uuid, date) to flows_staff;

-- Definer: as above. Deletes what is older than the client's tier keeps, and gives how many rows that were.
create function flows_private.forget_usage(of_client uuid) returns integer
language sql volatile security definer
set search_path = ''
begin atomic
  with kept as (
    select (now() at time zone 'UTC')::date - t.usage_days as since
    from flows.clients c join flows.client_tiers t on t.tier = c.tier
    where c.id = of_client
  ), days as (
    delete from flows.api_usage_days d where d.client_id = of_client and d.day < (select since from kept)
    returning 1
  ), snapshots as (
    delete from flows.client_snapshots s where s.client_id = of_client and s.day < (select since from kept)
    returning 1
  ), months as (
    delete from flows.invitation_months m
    where m.client_id = of_client and m.month < (select date_trunc('month', since)::date from kept)
    returning 1
  )
  select ((select count(*) from days) + (select count(*) from snapshots) + (select count(*) from months))::integer;
end;
revoke all on function flows_private.forget_usage(uuid) from public;
grant execute on function flows_private.forget_usage(uuid) to flows_staff;

-- Definer: as above. Forgets batches so old that nobody sends them again, and gives how many.
create function flows_private.forget_usage_batches() returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  forgotten integer;
begin
  delete from flows_private.usage_batches b where b.forget_at < now();
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$;
revoke all on function flows_private.forget_usage_batches() from public;
grant execute on function flows_private.forget_usage_batches() to flows_staff;
