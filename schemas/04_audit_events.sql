-- The audit trail: written by generated triggers, so that no code path can forget it; only ever added to.

------------------------------------------------------------ audit_events ----

-- What happened to which row, by whom, in which transaction. Values stand here only for columns on an
-- allow-list of provably impersonal ones; a new column is named when it changes, and never shown.
-- client_id is the nil uuid for what belongs to the operator and to no client.
-- No foreign key: the trail outlives what it speaks of.
create table flows.audit_events (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default clock_timestamp(),
  tx xid8 not null default pg_current_xact_id(),
  actor text not null,
  request_id text,
  table_name text not null,
  row_id text not null,
  verb text not null,
  changed_columns text[] not null default '{}',
  details jsonb not null default '{}',
  constraint audit_events_pkey primary key (client_id, created_at, id),
  constraint audit_events_verb_check check (
    verb in ('insert', 'update', 'delete', 'truncate', 'refuse', 'restore', 'erase')
  )
) partition by range (created_at);
create index audit_events_created_at_idx on flows.audit_events using brin (created_at);

-- Catches what no month was made for, so that the trail can never stop the work.
create table flows_private.audit_events_default partition of flows.audit_events default;
alter table flows_private.audit_events_default enable row level security, force row level security;

create function flows_private.refuse_change() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
  raise exception 'Audit events are only ever added, never changed' using errcode = 'insufficient_privilege';
end
$$;
revoke all on function flows_private.refuse_change() from public;
create trigger audit_events_refuse_change before update or delete on flows.audit_events
  for each row execute function flows_private.refuse_change();
create trigger audit_events_refuse_truncate before truncate on flows.audit_events
  for each statement execute function flows_private.refuse_change();
create trigger audit_events_refuse_truncate before truncate on flows_private.audit_events_default
  for each statement execute function flows_private.refuse_change();

-- Makes the partitions of this month (UTC) and of as many months ahead as asked; how many were new.
-- A month whose events already lie in the default partition stays there: they may not be moved.
create function flows_private.add_audit_partitions(months_ahead integer) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  added integer := 0;
  month_start timestamptz;
  month_end timestamptz;
  partition_name text;
begin
  for ahead in 0..months_ahead loop
    month_start := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC';
    month_end := (month_start at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    partition_name := 'audit_events_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass('flows_private.' || partition_name) is not null
      or exists (
        select from flows_private.audit_events_default e
        where e.created_at >= month_start and e.created_at < month_end
      );
    execute format(
      'create table flows_private.%I partition of flows.audit_events for values from (%L) to (%L)',
      partition_name, month_start, month_end);
    execute format(
      'alter table flows_private.%I enable row level security, force row level security', partition_name);
    execute format(
      'create trigger audit_events_refuse_truncate before truncate on flows_private.%I '
      'for each statement execute function flows_private.refuse_change()', partition_name);
    added := added + 1;
  end loop;
  return added;
end
$$;
revoke all on function flows_private.add_audit_partitions(integer) from public;
select flows_private.add_audit_partitions(12);

--------------------------------------------------------------- recording ----

-- Who is acting: the signed-in user's id, else the role that the session took on, else its login.
create function flows_private.audit_actor() returns text
language sql stable
set search_path = ''
begin atomic
  select coalesce(
    nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub',
    nullif(current_setting('role', true), 'none'),
    session_user::text
  );
end;
revoke all on function flows_private.audit_actor() from public;
grant execute on function flows_private.audit_actor() to flows_staff;

-- A caller writes this header itself: what is no plain id (an address, a sentence) is left out.
create function flows_private.audit_request_id() returns text
language sql stable
set search_path = ''
begin atomic
  select substring(
    coalesce(
      nullif(current_setting('flows.request_id', true), ''),
      nullif(current_setting('request.headers', true), '')::json ->> 'x-request-id'
    )
    from '^[A-Za-z0-9_.:-]{1,100}$'
  );
end;
revoke all on function flows_private.audit_request_id() from public;
grant execute on function flows_private.audit_request_id() to flows_staff;

-- Definer: refusals are recorded for whoever was refused, and nobody may write the trail by hand.
create function flows_private.record_refusal(
  of_client_code text, of_table text, of_row text, attempt text, reason text
) returns void
language sql volatile security definer
set search_path = ''
begin atomic
  insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb, details)
  values (
    coalesce(
      (select c.id from flows.clients c where c.client_code = of_client_code),
      '00000000-0000-0000-0000-000000000000'
    ),
    flows_private.audit_actor(),
    flows_private.audit_request_id(),
    of_table,
    of_row,
    'refuse',
    jsonb_build_object('attempt', attempt, 'reason', reason)
  );
end;
revoke all on function flows_private.record_refusal(text, text, text, text, text) from public;
grant execute on function flows_private.record_refusal(text, text, text, text, text) to flows_staff;

-------------------------------------------------------------- generating ----

-- Puts a table under audit: one trigger function written for its columns, one statement trigger a verb.
-- `shown` lists the columns whose values may stand in the trail, `derived` those that follow from something
-- else and are no event of their own. Call it again after adding a column. A table of another schema than ours is
-- named with it, so that public.clients and flows.clients do not share a function.
-- The generated functions are definers: whoever changes a row must not be able to write the trail by hand.
create function flows_private.audit_table(audited regclass, shown text[], derived text[] default '{updated_at}')
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  name text := (
    select case when n.nspname in ('flows', 'flows_private') then c.relname else n.nspname || '.' || c.relname end
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = audited
  );
  trigger_function text := format('flows_private.%I', 'audit_' || name);
  keys text[];
  columns text[];
  client text;
begin
  select array_agg(a.attname order by a.attnum) into columns
    from pg_catalog.pg_attribute a
    where a.attrelid = audited and a.attnum > 0 and not a.attisdropped;
  select array_agg(a.attname order by array_position(i.indkey::smallint[], a.attnum)) into keys
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = audited and i.indisprimary;
  if keys is null then
    raise exception 'Table % has no primary key, so its events could not say which row', audited;
  end if;
  if not shown <@ columns then
    raise exception 'Table % has no column %', audited,
      array(select c from unnest(shown) c where not c = any (columns));
  end if;
  client := case
    when audited = 'flows.clients'::regclass then '%1$s.id'
    when 'client_id' = any (columns) then '%1$s.client_id'
    else '''00000000-0000-0000-0000-000000000000''::uuid'
  end;

  execute format($generate$
    create or replace function %1$s() returns trigger
    language plpgsql volatile security definer
    set search_path = ''
    as $body$
    declare
      actor text := flows_private.audit_actor();
      request_id text := flows_private.audit_request_id();
    begin
      if tg_op = 'INSERT' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb, details)
          select %2$s, actor, request_id, tg_argv[0], %4$s, 'insert', %6$s
          from new_rows _n_;
      elsif tg_op = 'DELETE' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb)
          select %3$s, actor, request_id, tg_argv[0], %5$s, 'delete'
          from old_rows _o_;
      elsif tg_op = 'UPDATE' then
        insert into flows.audit_events
            (client_id, actor, request_id, table_name, row_id, verb, changed_columns, details)
          select coalesce(%2$s, %3$s), actor, request_id, tg_argv[0], coalesce(%4$s, %5$s),
              case when %9$s is null then 'insert' when %10$s is null then 'delete' else 'update' end,
              _c_.changed, %8$s
          from old_rows _o_ full join new_rows _n_ on (%11$s)
          cross join lateral (select array_remove(array[%7$s]::text[], null) as changed) _c_
          where _c_.changed <> '{}';
      else
        insert into flows.audit_events (client_id, actor, request_id, table_name, row_id, verb)
          values ('00000000-0000-0000-0000-000000000000', actor, request_id, tg_argv[0], '*', 'truncate');
      end if;
      return null;
    end
    $body$
    $generate$,
    trigger_function,
    format(client, '_n_'),
    format(client, '_o_'),
    flows_private.audit_row_id(keys, '_n_'),
    flows_private.audit_row_id(keys, '_o_'),
    coalesce((
      select format('jsonb_strip_nulls(jsonb_build_object(%s))', string_agg(format('%L, _n_.%I', c, c), ', '))
      from unnest(shown) c), '''{}''::jsonb'),
    (select string_agg(format('case when _o_.%1$I is distinct from _n_.%1$I then %1$L end', c), ', ')
      from unnest(columns) c where c <> all (derived)),
    coalesce((
      select format('jsonb_strip_nulls(jsonb_build_object(%s))', string_agg(format(
        '%1$L, case when _o_.%1$I is distinct from _n_.%1$I then jsonb_build_array(_o_.%1$I, _n_.%1$I) end', c), ', '))
      from unnest(shown) c), '''{}''::jsonb'),
    format('_o_.%I', keys[1]),
    format('_n_.%I', keys[1]),
    (select string_agg(format('_o_.%1$I = _n_.%1$I', k), ' and ') from unnest(keys) k)
  );
  execute format('revoke all on function %s() from public', trigger_function);
  execute format(
    'create or replace trigger %I after insert on %s referencing new table as new_rows '
    'for each statement execute function %s(%L)', name || '_audit_insert', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after update on %s referencing old table as old_rows new table as new_rows '
    'for each statement execute function %s(%L)', name || '_audit_update', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after delete on %s referencing old table as old_rows '
    'for each statement execute function %s(%L)', name || '_audit_delete', audited, trigger_function, name);
  execute format(
    'create or replace trigger %I after truncate on %s '
    'for each statement execute function %s(%L)', name || '_audit_truncate', audited, trigger_function, name);
end
$$;
revoke all on function flows_private.audit_table(regclass, text[], text[]) from public;

-- The key of a row as one text: the primary key without client_id, which the event has beside it.
create function flows_private.audit_row_id(keys text[], alias text) returns text
language sql immutable
set search_path = ''
begin atomic
  select string_agg(format('%s.%I::text', alias, k), ' || '','' || ')
  from unnest(keys) k
  where k <> 'client_id';
end;
revoke all on function flows_private.audit_row_id(text[], text) from public;

select flows_private.audit_table(
  'flows.client_tiers', '{max_users,storage_bytes,features,invitations_per_hour,usage_days}');
select flows_private.audit_table('flows.clients', '{tier,region,status}');
select flows_private.audit_table('flows.client_members', '{role,permissions,status}');
select flows_private.audit_table('flows.client_buckets', '{}', '{object_count,object_bytes}');
select flows_private.audit_table('flows.client_applications', '{app_code,permissions}');
select flows_private.audit_table(
  'flows.invitations',
  '{status,permissions,max_uses,used_count,key_epoch,expires_at,not_before,restriction_names,delivery,delivery_fault}');
select flows_private.audit_table('flows.invitation_redemptions', '{use_number}');
select flows_private.audit_table('flows_private.client_keys', '{epoch,state}');
select flows_private.audit_table('flows_private.signing_keys', '{alg,state}');
select flows_private.audit_table('flows_private.invitation_secrets', '{}');
select flows_private.audit_table('flows_private.invitation_rates', '{kind}', '{hour,hits}');
select flows_private.audit_table('flows_private.erasures', '{reason}');
