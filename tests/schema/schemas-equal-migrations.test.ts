import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import type { Database } from '../../src/database/database.ts'
import { catalogFingerprint } from '../../src/database/fingerprint.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { sql } from '../../src/database/sql.ts'
import { type PlainServer, plainEngines, sayUntried, startPlain } from '../database/platform-engines.ts'
import { accessRules } from './access-rules.ts'
import { emptyDatabase } from './empty-database.ts'
import { keyRules } from './key-rules.ts'
import { policyRules } from './policy-rules.ts'
import { faultsOf } from './rules.ts'

/** The storage schema too: its policies and triggers that are ours. */
const schemas = ['flows', 'flows_gate', 'flows_private', 'storage']
const rules = [...keyRules, ...policyRules, ...accessRules]
const engines = plainEngines()
const servers = new Map<string, PlainServer>()
for (const engine of engines) servers.set(engine.title, await startPlain(engine))

afterAll(() => Promise.all([...servers.values()].map((server) => server.stop())))

/** Runs the files of schemas/ in order, each as one script. */
async function applySchemas(db: Database): Promise<void> {
  const folder = packagePath('schemas')
  for (const file of readdirSync(folder).sort()) await db.script(readFileSync(join(folder, file), 'utf8'))
}

function difference(left: readonly string[], right: readonly string[]) {
  return {
    onlyLeft: left.filter((line) => !right.includes(line)),
    onlyRight: right.filter((line) => !left.includes(line)),
  }
}

for (const [title, server] of servers) {
  test(`schemas/ and migrations/ make the same of an empty database on ${title}`, async () => {
    const described = await emptyDatabase(server)
    await applySchemas(described)
    const migrated = await emptyDatabase(server)
    await migrateUp(migrated, packagePath('migrations'))

    const left = await catalogFingerprint(described, schemas)
    expect(left.length).toBeGreaterThan(500)
    const right = await catalogFingerprint(migrated, schemas)
    expect(difference(left, right)).toEqual({ onlyLeft: [], onlyRight: [] })
    const tiers = sql`select * from flows.client_tiers order by tier`
    expect(await described.many(tiers)).toEqual(await migrated.many(tiers))
  })

  test(`what is made on ${title} keeps every rule, and was made by no superuser`, async () => {
    const db = await emptyDatabase(server)
    await migrateUp(db, packagePath('migrations'))
    for (const rule of rules) {
      expect({ rule: rule.rule, faults: await faultsOf(db, rule) }).toEqual({ rule: rule.rule, faults: [] })
    }
    const owners = await db.many(sql`
      select distinct rolname as owner, rolsuper as superuser
      from pg_class
      join pg_roles on pg_roles.oid = relowner
      where relnamespace::regnamespace::text like 'flows%'`)
    expect(owners).toEqual([{ owner: 'flows_migrator', superuser: false }])
  })
}

/** Lines that PostgreSQL 17 writes in another way: a privilege and options that 15 has not, and the text of views. */
const versionBound = /^(grant maintain on|membership of|view) /

test(`every engine holds the same schema${sayUntried(engines)}`, async () => {
  const held = await Promise.all(
    [...servers.values()].map(async (server) => {
      const db = await emptyDatabase(server)
      await migrateUp(db, packagePath('migrations'))
      return (await catalogFingerprint(db, schemas)).filter((line) => !versionBound.test(line))
    }),
  )
  const [first = [], ...others] = held
  expect(first.length).toBeGreaterThan(500)
  for (const other of others) expect(difference(first, other)).toEqual({ onlyLeft: [], onlyRight: [] })
})

test('what a migration forgot is named by the comparison', async () => {
  for (const server of servers.values()) {
    const db = await emptyDatabase(server)
    await applySchemas(db)
    const before = await catalogFingerprint(db, schemas)
    await db.script(`
      alter policy invitations_floor on flows.invitations to authenticated;
      grant insert on flows.invitations to authenticated;
      alter function flows.current_client_id() volatile;`)
    const { onlyLeft, onlyRight } = difference(before, await catalogFingerprint(db, schemas))
    expect(onlyLeft.map((line) => line.slice(0, 36))).toEqual([
      'function flows.current_client_id() o',
      'policy invitations_floor on flows.in',
    ])
    expect(onlyRight.map((line) => line.slice(0, 36))).toEqual([
      'function flows.current_client_id() o',
      'grant insert on flows.invitations to',
      'policy invitations_floor on flows.in',
    ])
  }
})
