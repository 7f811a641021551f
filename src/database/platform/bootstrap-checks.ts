import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { sql } from '../sql.ts'
import { detectPlatform } from './platform.ts'

/** Refuses a server older than PostgreSQL 15, the first with security-invoker views. */
export async function checkVersion(db: Database): Promise<void> {
  const { version } = await db.one<{ version: number }>(sql`
    select current_setting('server_version_num')::int / 10000 as version`)
  if (version >= 15) return
  throw new FlowsError(
    'DATABASE_VERSION_UNSUPPORTED',
    `This server is PostgreSQL ${version}; flows-db needs 15 or newer`,
    {
      hint: 'Upgrade the server, or unset DATABASE_URL to use the embedded one.',
    },
  )
}

/** Refuses Supabase itself, and a database whose own schemas have the names that Supabase's need. */
export async function checkSchemasAreFree(db: Database): Promise<void> {
  const platform = await detectPlatform(db)
  if (platform === 'bootstrapped') return
  if (platform === 'supabase') {
    throw new FlowsError(
      'PLATFORM_SCHEMA_TAKEN',
      'This is Supabase, which has all that the bootstrap would make',
      {
        hint: 'Run: migrate:up',
      },
    )
  }
  const taken = await db.many<{ name: string }>(sql`
    select nspname as name
    from pg_namespace
    where nspname in ('auth', 'storage')
    order by nspname`)
  if (taken.length === 0) return
  const names = taken.map(({ name }) => `"${name}"`).join(' and ')
  throw new FlowsError('PLATFORM_SCHEMA_TAKEN', `This database has a schema of its own named ${names}`, {
    hint: 'The names "auth" and "storage" must be free: use another database, or rename that schema.',
  })
}

/** The role that migrations shall run as: the one wanted, if it is no superuser, or the first that fits. */
export async function chooseMigratingRole(db: Database, wanted: string | undefined): Promise<string> {
  const superuser = async (role: string) =>
    (await db.maybe(sql`select from pg_roles where rolname = ${role} and rolsuper`)) !== undefined
  if (wanted === undefined) return (await superuser('postgres')) ? 'flows_migrator' : 'postgres'
  if (!(await superuser(wanted))) return wanted
  throw new FlowsError('PLATFORM_ROLE_UNFIT', `Migrations must not run as "${wanted}": it is a superuser`, {
    hint: 'Name a role that is not one; it is made if it does not exist.',
  })
}
