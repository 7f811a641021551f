import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import type { Database } from '../../src/database/database.ts'
import { catalogFingerprint } from '../../src/database/fingerprint.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { sql } from '../../src/database/sql.ts'
import { accessRules } from './access-rules.ts'
import { type Addresses, emptyDatabase } from './empty-database.ts'
import { keyRules } from './key-rules.ts'
import { policyRules } from './policy-rules.ts'
import { faultsOf } from './rules.ts'
import { hasSecondEngine, startSecondEngine } from './second-engine.ts'

/** The storage schema too: its policies and triggers that are ours. */
const schemas = ['flows', 'flows_gate', 'flows_private', 'storage']
const rules = [...keyRules, ...policyRules, ...accessRules]
const engines: [string, Addresses][] = [['the embedded engine', inject('testServer')]]
if (hasSecondEngine) engines.push(['PostgreSQL 15', startSecondEngine()])

/** The files of schemas/, in order, each as one script. */
async function applySchemas(db: Database): Promise<void> {
  const folder = packagePath('schemas')
  const files = readdirSync(folder).sort()
  for (const file of files) await db.script(readFileSync(join(folder, file), 'utf8'))
}

function difference(left: readonly string[], right: readonly string[]) {
  return {
    onlyLeft: left.filter((line) => !right.includes(line)),
    onlyRight: right.filter((line) => !left.includes(line)),
  }
}

const tiers = sql`select * from flows.client_tiers order by tier`

for (const [engine, addresses] of engines) {
  test(`schemas/ and migrations/ make the same of an empty database, on ${engine}`, async () => {
    const described = await emptyDatabase(addresses)
    await applySchemas(described)
    const migrated = await emptyDatabase(addresses)
    await migrateUp(migrated, packagePath('migrations'))

    const [left, right] = [
      await catalogFingerprint(described, schemas),
      await catalogFingerprint(migrated, schemas),
    ]
    expect(left.length).toBeGreaterThan(500)
    expect(difference(left, right)).toEqual({ onlyLeft: [], onlyRight: [] })
    expect(await described.many(tiers)).toEqual(await migrated.many(tiers))
  })
}

test('what a migration forgot is named by the comparison', async () => {
  const db = await emptyDatabase(inject('testServer'))
  await applySchemas(db)
  const before = await catalogFingerprint(db, schemas)
  await db.script(`
    alter policy invitations_floor on flows.invitations to authenticated;
    grant insert on flows.invitations to authenticated;
    alter function flows.current_client_id() volatile;`)
  const { onlyLeft, onlyRight } = difference(before, await catalogFingerprint(db, schemas))
  expect(onlyLeft.map((line) => line.slice(0, 40))).toEqual([
    'function flows.current_client_id() owner',
    'policy invitations_floor on flows.invita',
  ])
  expect(onlyRight.map((line) => line.slice(0, 40))).toEqual([
    'function flows.current_client_id() owner',
    'grant insert on flows.invitations to aut',
    'policy invitations_floor on flows.invita',
  ])
})

/** Lines that PostgreSQL 17 writes in another way: a privilege and options that 15 has not, and the text of views. */
const versionBound = /^(grant maintain on|membership of|view) /

if (hasSecondEngine) {
  test('PostgreSQL 15 and the embedded engine hold the same schema, to which the same rules apply', async () => {
    const [left = [], right = []] = await Promise.all(
      engines.map(async ([, addresses]) => {
        const db = await emptyDatabase(addresses)
        await migrateUp(db, packagePath('migrations'))
        for (const rule of rules)
          expect({ rule: rule.rule, faults: await faultsOf(db, rule) }).toEqual({
            rule: rule.rule,
            faults: [],
          })
        return (await catalogFingerprint(db, schemas)).filter((line) => !versionBound.test(line))
      }),
    )
    expect(left.length).toBeGreaterThan(500)
    expect(difference(left, right)).toEqual({ onlyLeft: [], onlyRight: [] })
  })
}

test('the role that migrates is no superuser', async () => {
  const db = await emptyDatabase(inject('testServer'))
  expect(await db.one(sql`select rolsuper as superuser from pg_roles where rolname = current_user`)).toEqual({
    superuser: false,
  })
})
