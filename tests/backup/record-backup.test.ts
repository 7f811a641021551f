import { expect, onTestFinished, test } from 'vitest'
import { listAuditEvents } from '../../src/audit/list-audit-events.ts'
import { recordCreated, recordFailed } from '../../src/backup/record-backup.ts'
import { FlowsError } from '../../src/base/errors.ts'
import { type ConnectOptions, connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { backupAges } from '../../src/health/backup-ages.ts'
import { newClient } from '../support/clients.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'

const { owner, staff, url, authenticatorUrl } = await testDatabase()
const { id: clientId, clientCode } = await newClient(staff)
const reason = new FlowsError('FILE_UNWRITABLE', 'The folder cannot be written to')

async function opened(address: string, options: ConnectOptions = {}): Promise<Connection> {
  const db = await connect(address, options)
  onTestFinished(() => db.close())
  return db
}

async function refusals(): Promise<unknown[]> {
  return listAuditEvents(staff, { clientId, verb: 'refuse' })
}

test('a backup that failed is told to the trail of its client, with the code of the reason', async () => {
  await recordFailed(staff, clientCode, reason)
  expect(await refusals()).toMatchObject([
    { tableName: 'backups', details: { attempt: 'backup:create', reason: 'FILE_UNWRITABLE' } },
  ])
})

test('where the database is gone, refuses or only reads, the trail is left as it is and the reason stands', async () => {
  const before = await refusals()
  const made = await makeDatabase(templateName)
  const gone = await opened(made.url)
  await made.drop()
  const refusing = await opened(authenticatorUrl, { role: 'anon' })
  const reading = await opened(url, { settings: { default_transaction_read_only: 'on' } })
  for (const db of [gone, refusing, reading]) {
    await expect(recordFailed(db, clientCode, reason)).resolves.toBeUndefined()
  }
  expect(await refusals()).toEqual(before)
})

test('a fault of the program is not taken for a database that is gone: it is thrown', async () => {
  const closed = await connect(url)
  await closed.close()
  await expect(recordFailed(closed, clientCode, reason)).rejects.toThrow(/after calling end on the pool/)
})

test('what a restore saved before it replaced a client is told, and is no backup of what the client is', async () => {
  const client = await newClient(staff)
  const counts = { digest: '00', tables: 1, rows: 2, bytes: 3 }
  await recordCreated(owner, client.clientCode, counts, 'before-restore')
  expect(await listAuditEvents(staff, { clientId: client.id, verb: 'insert' })).toContainEqual(
    expect.objectContaining({
      tableName: 'backups',
      details: { tables: 1, rows: 2, bytes: 3, kind: 'before-restore' },
    }),
  )
  const takenAt = async () =>
    (await backupAges(owner)).find((age) => age.clientCode === client.clientCode)?.takenAt
  expect(await takenAt()).toBeNull()
  await recordCreated(owner, client.clientCode, counts)
  expect(await takenAt()).toBeInstanceOf(Date)
})
