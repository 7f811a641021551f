-- The Flows applications that a client uses.

----------------------------------------------------- client_applications ----

create table flows.client_applications (
  client_id uuid not null,
  id uuid not null default gen_random_uuid(),
  app_code text not null,
  app_name text not null,
  permissions text[] not null default '{}',
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint client_applications_pkey primary key (client_id, id),
  constraint client_applications_client_id_app_code_key unique (client_id, app_code),
  constraint client_applications_app_code_check check (
    app_code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(app_code) between 2 and 50
  ),
  constraint client_applications_app_name_check check (length(btrim(app_name)) between 1 and 200),
  constraint client_applications_settings_check check (jsonb_typeof(settings) = 'object'),
  constraint client_applications_client_id_fkey foreign key (client_id) references flows.clients (id)
);
create index client_applications_client_id_created_at_idx
  on flows.client_applications (client_id, created_at desc);
create trigger client_applications_touch before update on flows.client_applications
  for each row execute function flows_private.touch_updated_at();
