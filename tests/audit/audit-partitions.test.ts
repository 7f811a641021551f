import { expect, test } from 'vitest'
import { ensureAuditPartitions } from '../../src/audit/ensure-audit-partitions.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff, url } = await testDatabase()

/** Takes away the parts of the last `count` months, as if so much time had passed since the last migration. */
async function forgetMonths(count: number): Promise<void> {
  const parts = await owner.many<{ part: string }>(sql`
    select inhrelid::regclass::text as part from pg_inherits
    where inhparent = 'flows.audit_events'::regclass and inhrelid::regclass::text like '%20%'
    order by part desc limit ${count}`)
  for (const { part } of parts) await owner.script(`drop table ${part}`)
}

test('months that are missing are made, and none twice', async () => {
  expect(await ensureAuditPartitions(owner)).toBe(0)
  await forgetMonths(3)
  expect(await ensureAuditPartitions(owner)).toBe(3)
  expect(await ensureAuditPartitions(owner)).toBe(0)
})

test('an event of a month that nobody made a part for is kept, and its month left alone later', async () => {
  await forgetMonths(13)
  const { id } = await newClient(staff)
  const kept = await owner.many(sql`
    select tableoid::regclass::text as part from flows.audit_events where client_id = ${id}`)
  expect(new Set(kept.map((row) => JSON.stringify(row)))).toEqual(
    new Set(['{"part":"flows_private.audit_events_default"}']),
  )
  expect(await ensureAuditPartitions(owner)).toBe(12)
  expect(await ensureAuditPartitions(owner)).toBe(0)
})

test('two at once make each month once', async () => {
  await forgetMonths(4)
  const [one, other] = [await connect(url), await connect(url)]
  const made = await Promise.all([ensureAuditPartitions(one), ensureAuditPartitions(other)])
  await Promise.all([one.close(), other.close()])
  expect(made.toSorted()).toEqual([0, 4])
})

test('a reader in the way holds it up, not the other way round, until the patience is over', async () => {
  await forgetMonths(1)
  const reader = await connect(url)
  await reader.transaction(async (tx) => {
    await tx.run(sql`select from flows.audit_events`)
    await expect(ensureAuditPartitions(owner, { patience: 300 })).rejects.toMatchObject({
      code: 'MIGRATION_LOCKED',
      message: expect.stringMatching(/^The next month of the audit trail could not get its locks/),
    })
  })
  await reader.close()
  expect(await ensureAuditPartitions(owner)).toBe(1)
})
