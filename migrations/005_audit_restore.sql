-- The trail records a restore as one event: a verb of its own.

alter table flows.audit_events
  drop constraint audit_events_verb_check,
  add constraint audit_events_verb_check
    check (verb in ('insert', 'update', 'delete', 'truncate', 'refuse', 'restore'));
