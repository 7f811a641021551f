import { connect } from './connect.ts'
import { findEmbedded } from './embedded/find-embedded.ts'
import { type SchemaFit, schemaFit } from './migrate/schema-fit.ts'
import type { Target } from './open.ts'
import { sql } from './sql.ts'

/** Which database a project uses and how it is; passwords are given only for the embedded server, which made them. */
export type DatabaseStatus = {
  embedded: boolean
  running: boolean
  /** For psql and the Supabase CLI, as the migrating role; without its password if it is not the embedded server's. */
  url: string | null
  /** As PostgREST connects, where that is known. */
  authenticatorUrl: string | null
  /** PostgreSQL's, such as "17.10". */
  version: string | null
  /** How its schema stands to this program's migrations. */
  schema: SchemaFit | null
  dataFolder: string | null
}

/** Looks at the project's database; an embedded server that is down stays down. Throws DATABASE_UNREACHABLE for another. */
export async function describeDatabase(target: Target): Promise<DatabaseStatus> {
  if (target.databaseUrl !== undefined) {
    const url = new URL(target.databaseUrl)
    if (url.password !== '') url.password = '********'
    const inside = await look(target.databaseUrl, target)
    return {
      embedded: false,
      running: true,
      url: url.href,
      authenticatorUrl: null,
      ...inside,
      dataFolder: null,
    }
  }
  const server = await findEmbedded({ folder: target.embeddedFolder })
  const { dataFolder } = server
  const nothing = { url: null, authenticatorUrl: null, version: null, schema: null }
  if (!server.running) return { embedded: true, running: false, ...nothing, dataFolder }
  const { url, authenticatorUrl } = server
  return { embedded: true, running: true, url, authenticatorUrl, ...(await look(url, target)), dataFolder }
}

async function look(url: string, target: Target): Promise<{ version: string; schema: SchemaFit }> {
  const connection = await connect(url)
  try {
    const { version } = await connection.one<{ version: string }>(sql`
      select split_part(current_setting('server_version'), ' ', 1) as version`)
    return { version, schema: await schemaFit(connection, target.migrationsFolder) }
  } finally {
    await connection.close()
  }
}
