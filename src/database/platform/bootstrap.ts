import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { identifier, literal, sql } from '../sql.ts'
import { authSql } from './auth.sql.ts'
import { extensionsSql } from './extensions.sql.ts'
import { detectPlatform, findMark, markText, type Platform, platformVersion } from './platform.ts'
import { rolesSql } from './roles.sql.ts'
import { storageSql } from './storage.sql.ts'

/** How the stand-in for Supabase is made. */
export type BootstrapOptions = {
  /** Who runs migrations; made if missing, refused if a superuser. Not given: postgres, or flows_migrator where postgres is a superuser. */
  migratingRole?: string
}

/** A database ready for migrations, and the role to become for them (`connect(url, { role })`). */
export type ReadyPlatform = { platform: Platform; migratingRole: string }

/** Sees to it that migrations can run here: bootstraps a plain Postgres, leaves Supabase alone. */
export async function ensurePlatform(db: Database, options: BootstrapOptions = {}): Promise<ReadyPlatform> {
  const platform = await detectPlatform(db)
  if (platform === 'supabase') return { platform, migratingRole: await currentRole(db) }
  const mark = await findMark(db)
  if (mark !== undefined && (mark.version >= platformVersion || !(await isSuperuser(db)))) {
    return { platform, migratingRole: mark.migratingRole }
  }
  const migratingRole = await bootstrapPlatform(db, options)
  return { platform: 'bootstrapped', migratingRole }
}

/**
 * Gives a plain Postgres 15 or newer the roles, schemas and functions that Supabase has, in one transaction,
 * and the name of the role that runs migrations. Safe to repeat. The connected role must be a superuser.
 */
export async function bootstrapPlatform(db: Database, options: BootstrapOptions = {}): Promise<string> {
  if (!(await isSuperuser(db))) {
    throw new FlowsError(
      'PLATFORM_NEEDS_SUPERUSER',
      'This Postgres lacks the roles and schemas of Supabase, and the connected role may not make them',
      { hint: 'Run db:init once with a DATABASE_URL of a superuser; afterwards an ordinary role will do.' },
    )
  }
  return db.transaction(async (tx) => {
    await tx.run(sql`select pg_advisory_xact_lock(hashtext('flows-db platform'))`)
    await checkVersion(tx)
    await checkSchemasAreFree(tx)
    const migratingRole = await chooseMigratingRole(tx, options.migratingRole)
    await tx.script(rolesSql(migratingRole))
    await tx.script(extensionsSql(migratingRole))
    await tx.script(authSql(migratingRole))
    await tx.script(storageSql(migratingRole))
    const mark = markText({ version: platformVersion, migratingRole })
    await tx.run(sql`comment on schema auth is ${literal(mark)}`)
    return migratingRole
  })
}

/** The role that migrations run as: of our mark, else (on Supabase) the connected one. */
export async function findMigratingRole(db: Database): Promise<string> {
  return (await findMark(db))?.migratingRole ?? (await currentRole(db))
}

/** Whether the connected role is a superuser. */
export async function isSuperuser(db: Database): Promise<boolean> {
  const { superuser } = await db.one<{ superuser: boolean }>(sql`
    select rolsuper as superuser from pg_roles where rolname = current_user`)
  return superuser
}

async function currentRole(db: Database): Promise<string> {
  const { role } = await db.one<{ role: string }>(sql`select current_user as role`)
  return role
}

async function checkVersion(db: Database): Promise<void> {
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

async function checkSchemasAreFree(db: Database): Promise<void> {
  const taken = await db.many<{ name: string }>(sql`
    select nspname as name
    from pg_namespace
    join pg_roles on pg_roles.oid = nspowner
    where nspname in ('auth', 'storage') and rolname <> 'supabase_admin'
    order by nspname`)
  if (taken.length === 0) return
  const names = taken.map(({ name }) => name).join(' and ')
  throw new FlowsError('PLATFORM_SCHEMA_TAKEN', `This database has a schema of its own named ${names}`, {
    hint: 'Supabase\'s "auth" and "storage" must be free here: use another database, or rename that schema.',
  })
}

async function chooseMigratingRole(db: Database, wanted: string | undefined): Promise<string> {
  const superuser = async (role: string) =>
    (await db.maybe(sql`select from pg_roles where rolname = ${role} and rolsuper`)) !== undefined
  if (wanted === undefined) return (await superuser('postgres')) ? 'flows_migrator' : 'postgres'
  if (!(await superuser(wanted))) return wanted
  throw new FlowsError(
    'PLATFORM_ROLE_UNFIT',
    `Migrations must not run as ${identifier(wanted).text}: it is a superuser`,
    {
      hint: 'Name a role that is not one; it is made if it does not exist.',
    },
  )
}
