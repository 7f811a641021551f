-- One tenant of the migrated database: {{tenant}} is its id and the id of each of its rows, {{user}} its member,
-- {{mark}} the text by which its rows are known.
insert into flows.clients (id, client_code, legal_name, domain, region)
  values ('{{tenant}}', '{{mark}}', '{{mark}} Limited', '{{mark}}.example.com', 'EU');
insert into flows.client_members (client_id, id, user_id, permissions)
  values ('{{tenant}}', '{{tenant}}', '{{user}}', '{"{{mark}}"}'),
         ('{{tenant}}', gen_random_uuid(), '{{tenant}}', '{}');
insert into flows.client_applications (client_id, id, app_code, app_name, settings)
  values ('{{tenant}}', '{{tenant}}', '{{mark}}', '{{mark}} application', '{"colour": "{{mark}}"}');
insert into flows.invitations (client_id, id, app_id, invitation_code, max_uses, used_count, key_epoch, expires_at, permissions)
  values ('{{tenant}}', '{{tenant}}', '{{tenant}}', '{{mark}}', 5, 1, 1, now() + interval '7 days', '{"{{mark}}"}');
insert into flows_private.invitation_secrets (client_id, invitation_id, token_hash, pii_salt)
  values ('{{tenant}}', '{{tenant}}', sha256('{{tenant}}'), substr(sha256('{{mark}}'), 1, 16));
insert into flows.invitation_redemptions (client_id, id, invitation_id, use_number)
  values ('{{tenant}}', '{{tenant}}', '{{tenant}}', 1);
insert into flows_private.client_keys (client_id, id, epoch, wrapped_key)
  values ('{{tenant}}', '{{tenant}}', 1, sha256('{{tenant}}'));
select flows_private.add_client_bucket('{{tenant}}', 'flows-{{tenant}}');
insert into storage.objects (bucket_id, name, metadata)
  values ('flows-{{tenant}}', '{{mark}}.pdf', '{"size": 10}');
