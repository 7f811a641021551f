import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { bootstrapPlatform } from '../../src/database/platform/bootstrap.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { withDatabase } from '../support/server.ts'

/** A server as its superuser supabase_admin, and the same address as the migrating role. */
export type Addresses = { adminUrl: string; url: string }

/** An empty database with Supabase's roles and schemas, as the migrating role; gone when the calling test ends. */
export async function emptyDatabase({ adminUrl, url }: Addresses): Promise<Connection> {
  const name = `empty_${randomBytes(6).toString('hex')}`
  const admin = await connect(withDatabase(adminUrl, 'template1'))
  await admin.run(sql`create database ${identifier(name)} template template0`)
  onTestFinished(async () => {
    await admin.run(sql`drop database ${identifier(name)} with (force)`)
    await admin.close()
  })
  const superuser = await connect(withDatabase(adminUrl, name))
  await bootstrapPlatform(superuser)
  await superuser.close()
  const migrator = await connect(withDatabase(url, name))
  onTestFinished(() => migrator.close())
  return migrator
}
