-- mutant: Clients may write audit events, and the floor does not look at what is written
-- base: flows
-- family: insert
-- leaks: nothing comes out, but anyone writes history into the trail of another client
grant insert (client_id, actor, table_name, row_id, verb) on flows.audit_events to authenticated;
create policy audit_events_insert_all on flows.audit_events
  for insert to authenticated
  with check (true);
alter policy audit_events_floor on flows.audit_events with check (true);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
insert into flows.audit_events (client_id, actor, table_name, row_id, verb)
  values ('{{b}}', 'somebody else', 'clients', '{{b}}', 'delete');
