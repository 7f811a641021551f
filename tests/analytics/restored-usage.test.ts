import { expect, test } from 'vitest'
import { recordUsage } from '../../src/analytics/record-usage.ts'
import { refreshUsage } from '../../src/analytics/roll-up-usage.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { backUp, projectTable, settings } from '../backup/populated.ts'
import { newClient } from '../invitations/client.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'
import { batchId, countedFor, eventsOf, totalsFor } from './usage.ts'

const { owner } = await testDatabase()
await owner.script(projectTable)

const once = { calls: 50, errors: 5, totalMs: 500 }

test('going back to a backup does not undo what was counted since', async () => {
  const client = await newClient(owner)
  await recordUsage(owner, batchId(), eventsOf(client, 50))
  const file = await backUp(owner, client)
  const later = batchId()
  await recordUsage(owner, later, eventsOf(client, 50))
  await owner.run(sql`select flows_private.roll_up_hours(${client.id}, '2025-02-01')`)
  await restoreBackup(owner, file, { settings, replace: true })
  await recordUsage(owner, later, eventsOf(client, 50))
  expect(await countedFor(owner, client)).toEqual({ calls: 100, errors: 10, totalMs: 1_000 })
  expect(await totalsFor(owner, client)).toEqual({ calls: 100, errors: 10, totalMs: 1_000 })
})

test('a client that comes back from a backup brings its counts, and a copy of it has none', async () => {
  const client = await newClient(owner)
  await recordUsage(owner, batchId(), eventsOf(client, 50))
  await refreshUsage(owner, client.clientCode)
  const file = await backUp(owner, client)
  const { url, drop } = await makeDatabase(templateName)
  const elsewhere = await connect(url)
  try {
    await elsewhere.script(projectTable)
    await restoreBackup(elsewhere, file, { settings })
    expect(await countedFor(elsewhere, client)).toEqual(once)
    expect(await totalsFor(elsewhere, client)).toEqual(once)
  } finally {
    await elsewhere.close()
    await drop()
  }
  await restoreBackup(owner, file, { settings, as: 'a-copy' })
  const copy = await owner.one<{ id: string }>(sql`select id from flows.clients where client_code = 'a-copy'`)
  expect(await countedFor(owner, copy)).toEqual({ calls: 0, errors: 0, totalMs: 0 })
})
