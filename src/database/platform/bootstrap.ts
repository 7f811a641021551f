import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { literal, sql } from '../sql.ts'
import { authSql } from './auth.sql.ts'
import { checkSchemasAreFree, checkVersion, chooseMigratingRole } from './bootstrap-checks.ts'
import { extensionsSql } from './extensions.sql.ts'
import { guardSql } from './guard.sql.ts'
import {
  currentRole,
  detectPlatform,
  findMark,
  isSuperuser,
  markText,
  type Platform,
  platformVersion,
} from './platform.ts'
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
    const wanted = options.migratingRole ?? (await findMark(tx))?.migratingRole
    const migratingRole = await chooseMigratingRole(tx, wanted)
    await tx.script(rolesSql(migratingRole))
    await tx.script(extensionsSql(migratingRole))
    await tx.script(authSql(migratingRole))
    await tx.script(storageSql(migratingRole))
    await tx.script(guardSql)
    const mark = markText({ version: platformVersion, migratingRole })
    await tx.run(sql`comment on schema auth is ${literal(mark)}`)
    return migratingRole
  })
}
