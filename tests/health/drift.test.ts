import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import {
  expectedSchemaPath,
  presentSchema,
  readExpectedSchema,
  unauditedTables,
} from '../../src/database/drift/expected-schema.ts'
import { describeLine } from '../../src/database/drift/fixes.ts'
import { compareSchemas, schemaDrift } from '../../src/database/drift/schema-drift.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { checkHealth } from '../../src/health/check-health.ts'
import { type PlainServer, plainEngines, startPlain } from '../database/platform-engines.ts'
import { emptyDatabase } from '../schema/empty-database.ts'
import { testDatabase } from '../support/database.ts'
import { findingsOf, nothingAround } from './patient.ts'

const { owner } = await testDatabase()
const servers = new Map<string, PlainServer>()
for (const engine of plainEngines()) servers.set(engine.title, await startPlain(engine))

afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())))

for (const [title, server] of servers) {
  test(`config/schema-fingerprint.txt is what schemas/ makes of an empty database on ${title}`, async () => {
    const db = await emptyDatabase(server)
    for (const file of readdirSync(packagePath('schemas')).sort()) {
      await db.script(readFileSync(packagePath('schemas', file), 'utf8'))
    }
    // Written anew by: pnpm run docs
    expect(compareSchemas(await readExpectedSchema(), await presentSchema(db))).toEqual([])
  })

  test(`a database that was migrated on ${title} under another role than postgres is healthy`, async () => {
    const db = await emptyDatabase(server)
    await migrateUp(db, packagePath('migrations'))
    expect(findingsOf(await checkHealth(db, nothingAround))).toEqual([])
  })
}

test('the file knows every part of the schema, and every line of it is understood', async () => {
  const lines = readFileSync(expectedSchemaPath, 'utf8').trimEnd().split('\n')
  const kinds = new Set(lines.map((line) => describeLine(line).kind))
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      'schema',
      'relation',
      'column',
      'constraint',
      'index',
      'policy',
      'trigger',
      'view',
    ]),
  )
  expect([...kinds]).toEqual(expect.arrayContaining(['function', 'grant', 'role']))
  expect(kinds).not.toContain('other')
  expect(lines.filter((line) => /_\d{4}_\d{2}\b/.test(line.split(': CREATE ')[0] ?? ''))).toEqual([])
})

test('the trail itself and the migrator’s notes are not audited, and client-owned tables are', async () => {
  const unaudited = unauditedTables(await readExpectedSchema())
  expect(unaudited).toEqual(
    expect.arrayContaining(['flows.audit_events', 'flows_private.migration_checksums']),
  )
  expect(unaudited).not.toContain('flows.invitations')
})

test("what is the user's own is no drift", async () => {
  await owner.script(`
    create table flows.notes (id uuid primary key, note text check (note <> ''));
    create index notes_note_idx on flows.notes (note);
    create index invitations_mine_idx on flows.invitations (client_id, status);
    create function flows.mine() returns integer language sql stable set search_path = '' return 1;
    grant execute on function flows.mine() to authenticated;
    create policy notes_mine on flows.notes for select to authenticated using (true);
    create view flows.mine_too as select 1 as one;
    comment on table flows.invitations is 'ours'`)
  expect(await schemaDrift(owner)).toEqual([])
})

test('a column that was added to a table of flows-db is a warning, since no SQL takes it back without loss', async () => {
  await owner.script('alter table flows.clients add column mine text')
  expect(await schemaDrift(owner)).toEqual([
    { kind: 'extra', object: 'column mine on flows.clients', opens: false, fix: null },
  ])
  const report = await checkHealth(owner, nothingAround, { only: ['schema-drift'] })
  expect(report).toMatchObject({ verdict: 'healthy', errors: 0, warnings: 1 })
})

test('a lost table is told once, and not again for all that it had', () => {
  const expected = [
    'relation flows.a kind r persistence p owner @owner rls enabled rls forced',
    'column flows.a.id uuid not null',
    'policy a_select_own on flows.a as PERMISSIVE for SELECT to authenticated using (true)',
    'relation flows.b kind r persistence p owner @owner',
  ]
  expect(compareSchemas(expected, expected.slice(3))).toEqual([
    { kind: 'missing', object: 'relation flows.a', opens: false, fix: null },
  ])
})
