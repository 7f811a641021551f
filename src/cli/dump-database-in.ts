import type { DumpedDatabase, DumpOptions } from '../backup/dump-database.ts'
import type { Session } from './command.ts'

/** Dumps the database that the settings mean; of the embedded server as its superuser, who may read all of it. */
export async function dumpDatabaseIn(session: Session, options: DumpOptions): Promise<DumpedDatabase> {
  const { dumpDatabase } = await import('../backup/dump-database.ts')
  session.progress('Dumping the whole database')
  return dumpDatabase(await session.owner(), await addressFor(session), options)
}

async function addressFor({ settings }: Session): Promise<string> {
  if (settings.databaseUrl !== undefined) return settings.databaseUrl
  const { ensureEmbedded } = await import('../database/embedded/ensure-embedded.ts')
  return (await ensureEmbedded({ folder: settings.embeddedFolder })).adminUrl
}

/** The file, and where else to look on Supabase. */
export function sayDumped({ file, bytes, supabase }: DumpedDatabase): string {
  const lines = [`${file}\nThe whole database, ${bytes} bytes; pg_restore gives it back`]
  if (supabase) lines.push('Supabase makes backups of its own: see Database, Backups in its dashboard.')
  return lines.join('\n')
}
