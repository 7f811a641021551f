import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { bootstrapPlatform } from '../../src/database/platform/bootstrap.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import type { PlainServer } from '../database/platform-engines.ts'

/** An empty database with Supabase's roles and schemas, as the migrating role; gone when the calling test ends. */
export async function emptyDatabase(server: PlainServer): Promise<Connection> {
  const name = `empty_${randomBytes(6).toString('hex')}`
  const maker = await connect(server.url())
  await maker.run(sql`create database ${identifier(name)}`)
  onTestFinished(async () => {
    await maker.run(sql`drop database ${identifier(name)} with (force)`)
    await maker.close()
  })
  const superuser = await connect(server.url(name))
  const migratingRole = await bootstrapPlatform(superuser)
  await superuser.close()
  const migrator = await connect(server.url(name, migratingRole))
  onTestFinished(() => migrator.close())
  return migrator
}
