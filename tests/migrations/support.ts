import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import type { EmbeddedServer } from '../../src/database/embedded/server.ts'
import { identifier, sql } from '../../src/database/sql.ts'

/** An empty database of one test, and an empty folder of migrations. */
export type Fresh = {
  url: string
  /** As a superuser. */
  adminUrl: string
  /** Connected as the migrating role, which is no superuser. */
  db: Connection
  folder: string
}

/** Gives the tests of a file a server of their own; call the result for a database of a test's own. */
export function useServer(): () => Promise<Fresh> {
  const home = mkdtempSync(join(tmpdir(), 'flows-db-migrations-'))
  const open: Connection[] = []
  let server: EmbeddedServer
  let maker: Connection
  let count = 0
  beforeAll(async () => {
    server = await ensureEmbedded({ folder: join(home, 'server') })
    maker = await connect(server.url)
    open.push(maker)
  })
  afterAll(async () => {
    await Promise.all(open.map((connection) => connection.close()))
    await resetEmbedded({ folder: join(home, 'server') })
    rmSync(home, { recursive: true })
  })
  return async () => {
    count += 1
    const name = `migrated_${count}`
    await maker.run(sql`create database ${identifier(name)}`)
    const [url, adminUrl] = [server.url, server.adminUrl].map((each) =>
      each.replace('/postgres?', `/${name}?`),
    ) as [string, string]
    const folder = join(home, name, 'migrations')
    mkdirSync(folder, { recursive: true })
    const db = await connect(url)
    open.push(db)
    return { url, adminUrl, db, folder }
  }
}

/** Writes files of migrations. */
export function write(folder: string, files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
}

/** The FlowsError that work fails with. */
export async function failure(work: Promise<unknown>): Promise<FlowsError> {
  const error = await work.then(
    () => new Error('It did not fail'),
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(FlowsError)
  return error as FlowsError
}

/** The tables of schema public, by name. */
export async function listTables({ db }: Fresh): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r'
    order by relname`)
  return rows.map(({ name }) => name)
}

/** The versions in the ledger that the Supabase CLI reads, and those in our own table. */
export async function listVersions({ db }: Fresh): Promise<{ ledger: string[]; checksums: string[] }> {
  return db.one(sql`
    select array(select version from supabase_migrations.schema_migrations order by 1) as ledger,
           array(select version from flows_private.migration_checksums order by 1) as checksums`)
}
