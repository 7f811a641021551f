-- mutant: A floor that compares a column with itself
-- base: flows
-- family: read
-- leaks: the applications and settings of every client
alter policy client_applications_floor on flows.client_applications
  using (client_id = client_applications.client_id);

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
select app_name, settings from flows.client_applications where client_id = '{{b}}';
