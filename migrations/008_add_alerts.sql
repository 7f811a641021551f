-- What is wrong, who was told of it, and what runs by the clock.
-- All of it is the operator's: a client's code stands here as a label, as on a metric, and makes no row the client's.
-- So there is no client_id, no floor and no grant to an API role; an alert may outlive the client that it speaks of.

------------------------------------------------------------------- alerts ----

-- One row for each rule and client that it was ever true of; what it went through is in the audit trail.
create table flows.alerts (
  fingerprint text not null,
  rule text not null,
  -- null where the alert is about the whole database
  client_code text,
  severity text not null,
  state text not null,
  -- when the present state began
  since timestamptz not null,
  value double precision not null,
  threshold double precision not null,
  -- what the channels were told last, and when; null until they were told of it
  told_state text,
  told_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  silenced_until timestamptz,
  constraint alerts_pkey primary key (fingerprint),
  constraint alerts_fingerprint_check check (fingerprint ~ '^[0-9a-f]{16}$'),
  constraint alerts_rule_check check (rule ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(rule) <= 50),
  constraint alerts_severity_check check (severity in ('info', 'warning', 'critical')),
  constraint alerts_state_check check (state in ('pending', 'firing', 'resolved')),
  constraint alerts_told_state_check check (told_state in ('firing', 'resolved')),
  constraint alerts_told_at_check check ((told_state is null) = (told_at is null)),
  constraint alerts_acknowledged_by_check check (acknowledged_by ~ '^[a-z0-9_-]{1,40}$'),
  constraint alerts_acknowledged_at_check check ((acknowledged_at is null) = (acknowledged_by is null))
);
create index alerts_open_idx on flows.alerts (fingerprint)
  where state <> 'resolved' or told_state = 'firing';

alter table flows.alerts enable row level security, force row level security;
revoke all on flows.alerts from public, anon, authenticated, service_role;

grant select, insert, update (
    severity, state, since, value, threshold, told_state, told_at,
    acknowledged_at, acknowledged_by, silenced_until
  ) on flows.alerts to flows_staff;
-- nothing for an API role: what is watched, and where its limits are, is the operator's business
-- no delete: the row of a fingerprint is used again

create policy alerts_all_staff on flows.alerts
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------- alert_notifications ----

-- What a channel is to be told: written together with the change that it tells of, sent afterwards.
-- The id is the key by which a receiver knows a message that comes a second time.
create table flows_private.alert_notifications (
  id uuid not null default gen_random_uuid(),
  channel text not null,
  message jsonb not null,
  created_at timestamptz not null,
  -- when it may be tried next
  due_at timestamptz not null,
  attempts integer not null default 0,
  delivered_at timestamptz,
  constraint alert_notifications_pkey primary key (id),
  constraint alert_notifications_channel_check check (
    channel in ('stdout', 'email', 'webhook', 'slack', 'alertmanager')
  )
);
create index alert_notifications_waiting_idx on flows_private.alert_notifications (channel, created_at)
  where delivered_at is null;

alter table flows_private.alert_notifications enable row level security, force row level security;
revoke all on flows_private.alert_notifications from public, anon, authenticated, service_role;

grant select, insert, update (due_at, attempts, delivered_at), delete
  on flows_private.alert_notifications to flows_staff;

create policy alert_notifications_all_staff on flows_private.alert_notifications
  for all to flows_staff
  using (true)
  with check (true);

------------------------------------------------------------ scheduled_jobs ----

-- When each job ran last and what came of it, so that a monitor that starts again neither skips nor repeats one.
create table flows_private.scheduled_jobs (
  job text not null,
  started_at timestamptz not null,
  succeeded_at timestamptz,
  -- the code of the error that it ended with last; null after a success
  failure text,
  outcome jsonb not null default '{}',
  constraint scheduled_jobs_pkey primary key (job),
  constraint scheduled_jobs_job_check check (job ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(job) <= 50)
);

alter table flows_private.scheduled_jobs enable row level security, force row level security;
revoke all on flows_private.scheduled_jobs from public, anon, authenticated, service_role;

grant select, insert, update (started_at, succeeded_at, failure, outcome)
  on flows_private.scheduled_jobs to flows_staff;

create policy scheduled_jobs_all_staff on flows_private.scheduled_jobs
  for all to flows_staff
  using (true)
  with check (true);

-- Whether a client's last backup failed is asked again and again.
create index audit_events_backups_idx on flows.audit_events (client_id, created_at desc) where table_name = 'backups';

-------------------------------------------------------------------- audit ----

select flows_private.audit_table(
  'flows.alerts', '{rule,client_code,severity,state,silenced_until,acknowledged_by}', '{value,threshold}');
select flows_private.audit_table('flows_private.alert_notifications', '{channel}', '{due_at,attempts}');
select flows_private.audit_table(
  'flows_private.scheduled_jobs', '{}', '{started_at,succeeded_at,failure,outcome}');
