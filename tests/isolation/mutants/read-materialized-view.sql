-- mutant: A materialized view, which no policy can guard
-- base: flows
-- family: read
-- leaks: the applications of every client
create materialized view flows.application_overview as
  select client_id, app_name, settings from flows.client_applications;
grant select on flows.application_overview to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select app_name from flows.application_overview where client_id = '{{b}}';
