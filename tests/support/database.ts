import { randomBytes } from 'node:crypto'
import { afterAll, inject } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { identifier, type Sql, sql } from '../../src/database/sql.ts'
import { type TestServer, templateName, withDatabase } from './server.ts'

/** A test file's own copy of the migrated database. */
export type TestDatabase = TestServer & {
  /** As the migrating role; pools of up to four connections. */
  owner: Connection
  /** As flows_staff, the way the library connects. */
  staff: Connection
  /** As PostgREST connects: may become anon, authenticated and service_role. */
  authenticator: Connection
}

/** A database made for a test, of which nothing holds a connection yet. */
export type MadeDatabase = TestServer & { name: string; drop: () => Promise<void> }

/** Makes a database as a copy of another (to which nobody may be connected); the caller drops it. */
export async function makeDatabase(template: string): Promise<MadeDatabase> {
  const server = inject('testServer')
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(
    server,
    sql`create database ${identifier(name)} template ${identifier(template)} owner postgres`,
  )
  return {
    name,
    url: withDatabase(server.url, name),
    authenticatorUrl: withDatabase(server.authenticatorUrl, name),
    adminUrl: withDatabase(server.adminUrl, name),
    drop: () => onServer(server, sql`drop database ${identifier(name)} with (force)`),
  }
}

/**
 * Makes a copy of the template for the calling test file, which is closed and dropped after its last test.
 * To be awaited at the top of the file, so that the database is there when tests are collected.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { drop, name: _, ...urls } = await makeDatabase(templateName)
  const [owner, staff, authenticator] = await Promise.all([
    connect(urls.url, { size: 4 }),
    connect(urls.url, { size: 4, role: 'flows_staff' }),
    connect(urls.authenticatorUrl, { size: 4 }),
  ])
  afterAll(async () => {
    await Promise.all([owner, staff, authenticator].map((connection) => connection.close()))
    await drop()
  })
  return { ...urls, owner, staff, authenticator }
}

async function onServer(server: TestServer, statement: Sql): Promise<void> {
  const admin = await connect(withDatabase(server.adminUrl, 'template1'))
  try {
    await admin.run(statement)
  } finally {
    await admin.close()
  }
}
