-- clean: The floor also lets in what the operator lists in app_metadata
-- base: flows
alter policy invitation_redemptions_floor on flows.invitation_redemptions using (
  client_id = (select flows.current_client_id())
  or client_id::text = any (array(select jsonb_array_elements_text(
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' -> 'managed_clients', 'null')))));
