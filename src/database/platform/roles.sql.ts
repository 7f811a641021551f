import { identifier } from '../sql.ts'

/**
 * Supabase's roles, with hosted Supabase's timeouts and memberships, and the role that runs migrations:
 * no superuser, but allowed to make roles and to pass the API roles on. Roles that exist keep their settings.
 */
export function rolesSql(migratingRole: string): string {
  const migrator = identifier(migratingRole).text
  return `
-- roles belong to the whole server: of two bootstraps in two databases, the second waits here
lock table pg_catalog.pg_authid in share row exclusive mode;

do $roles$
declare
  wanted record;
  setting text;
begin
  for wanted in
    select *
    from (values
      ('anon', 'nologin', array['statement_timeout = ''3s''']),
      ('authenticated', 'nologin', array['statement_timeout = ''8s''']),
      ('service_role', 'nologin bypassrls', array[]::text[]),
      ('authenticator', 'login noinherit', array['statement_timeout = ''8s''', 'lock_timeout = ''8s''']),
      ('supabase_admin', 'nologin', array['search_path = "$user", public, auth, extensions']),
      ('supabase_auth_admin', 'login noinherit', array['search_path = auth']),
      ('supabase_storage_admin', 'login noinherit createrole', array['search_path = storage'])
    ) as roles (name, attributes, settings)
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
    continue when exists (
      select from pg_catalog.pg_roles where rolname = wanted.name and rolconfig is not null
    );
    foreach setting in array wanted.settings loop
      execute format('alter role %I set %s', wanted.name, setting);
    end loop;
  end loop;
end
$roles$;

grant anon, authenticated, service_role to authenticator;
grant authenticator to supabase_storage_admin;

------------------------------------------------------- the migrating role ----
do $migrator$
begin
  create role ${migrator} login;
exception
  when duplicate_object then null;
end
$migrator$;

alter role ${migrator} createrole createdb bypassrls;
alter role ${migrator} set search_path = "$user", public, extensions;

grant anon, authenticated, service_role, authenticator, pg_monitor, pg_signal_backend
  to ${migrator} with admin option;
-- stands for what hosted Supabase allows by an extension: policies and triggers on auth.users and storage.*
grant supabase_auth_admin, supabase_storage_admin to ${migrator};
grant set on parameter pgrst.db_schemas, pgrst.db_pre_request, pgrst.db_extra_search_path to ${migrator};
-- hosted Supabase allows it too: a restore loads rows with triggers at rest, for its own session only
grant set on parameter session_replication_role to ${migrator};

do $database$
begin
  execute format('grant create, connect, temporary on database %I to %I', current_database(), '${migratingRole.replaceAll("'", "''")}');
end
$database$;

grant usage, create on schema public to ${migrator};
grant usage on schema public to anon, authenticated, service_role;
`
}
