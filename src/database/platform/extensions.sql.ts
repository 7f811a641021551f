import { identifier } from '../sql.ts'

/** The schema `extensions` with what Supabase has there from the start; pg_stat_statements only where it is loaded. */
export function extensionsSql(migratingRole: string): string {
  const migrator = identifier(migratingRole).text
  return `
-- owned by a role of this name, because "supabase db reset" drops every schema that is not
create schema if not exists extensions authorization supabase_admin;

grant usage, create on schema extensions to ${migrator};
grant usage on schema extensions
  to anon, authenticated, service_role, supabase_auth_admin, supabase_storage_admin;

create extension if not exists pgcrypto schema extensions;
create extension if not exists "uuid-ossp" schema extensions;

do $statistics$
begin
  if current_setting('shared_preload_libraries') ~ '\\mpg_stat_statements\\M' then
    create extension if not exists pg_stat_statements schema extensions;
  end if;
end
$statistics$;
`
}
