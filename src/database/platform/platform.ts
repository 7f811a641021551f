import type { Database } from '../database.ts'
import { sql } from '../sql.ts'

/** Raised whenever the bootstrap's SQL changes, so that databases of an older one are brought up to date. */
export const platformVersion = 3

/** What a database offers beneath our own schema: real Supabase, our stand-in for it, or neither. */
export type Platform = 'supabase' | 'bootstrapped' | 'plain'

/** What our bootstrap left behind as the comment on schema auth. */
export type PlatformMark = { version: number; migratingRole: string }

const markPrefix = 'flows-db platform '

/** The text of a mark, for `comment on schema auth`. */
export function markText(mark: PlatformMark): string {
  return markPrefix + JSON.stringify(mark)
}

/** Reads our mark; undefined where the bootstrap has not run. */
export async function findMark(db: Database): Promise<PlatformMark | undefined> {
  const { comment } = await db.one<{ comment: string | null }>(sql`
    select obj_description(to_regnamespace('auth'), 'pg_namespace') as comment`)
  return comment?.startsWith(markPrefix) ? JSON.parse(comment.slice(markPrefix.length)) : undefined
}

/** Tells Supabase (whose own services own auth and storage) from a database that we bootstrapped or must bootstrap. */
export async function detectPlatform(db: Database): Promise<Platform> {
  if ((await findMark(db)) !== undefined) return 'bootstrapped'
  const { supabase } = await db.one<{ supabase: boolean }>(sql`
    select exists (
      select
      from pg_namespace
      join pg_roles on pg_roles.oid = nspowner
      where nspname in ('auth', 'storage') and rolname = 'supabase_admin'
    ) as supabase`)
  return supabase ? 'supabase' : 'plain'
}

/** The role that migrations run as: that of our mark, else (on Supabase) the connected one. */
export async function findMigratingRole(db: Database): Promise<string> {
  return (await findMark(db))?.migratingRole ?? (await currentRole(db))
}

/** The role that statements run as. */
export async function currentRole(db: Database): Promise<string> {
  const { role } = await db.one<{ role: string }>(sql`select current_user::text as role`)
  return role
}

/** Whether that role is a superuser. */
export async function isSuperuser(db: Database): Promise<boolean> {
  const { superuser } = await db.one<{ superuser: boolean }>(sql`
    select rolsuper as superuser from pg_roles where rolname = current_user`)
  return superuser
}
