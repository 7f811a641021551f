import { connect } from '../connect.ts'
import { bootstrapPlatform } from '../platform/bootstrap.ts'
import { platformVersion } from '../platform/platform.ts'
import { identifier, literal, sql } from '../sql.ts'
import type { ServerRecord } from './record.ts'
import type { EmbeddedServer } from './server.ts'

/** Makes the cluster like Supabase, unless that is done: platform, passwords, and the database owned by the role postgres. */
export async function shapeCluster(record: ServerRecord, server: EmbeddedServer): Promise<ServerRecord> {
  if (record.platform === platformVersion) return record
  const db = await connect(server.adminUrl)
  try {
    await db.transaction(async (tx) => {
      await bootstrapPlatform(tx, { migratingRole: 'postgres' })
      for (const role of ['postgres', 'authenticator'] as const) {
        await tx.run(sql`alter role ${identifier(role)} password ${literal(record.passwords[role])}`)
      }
      await tx.run(sql`alter database postgres owner to postgres`)
    })
  } finally {
    await db.close()
  }
  return { ...record, platform: platformVersion }
}
