import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { measureLarge } from '../../bench/backup/large/measure-large.ts'
import { seedDatabase } from '../../bench/seed.ts'
import { testDatabase } from '../support/database.ts'

const { owner, url } = await testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'flows-db-writers-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('clients are restored from backups made beside eight writers: digests as then, no other client touched, nobody refused', async () => {
  await seedDatabase(owner, { seed: 7, clients: 12, rows: 24_000, large: 8_000 })
  const { waits, clients, others } = await measureLarge(owner, {
    url,
    folder,
    clientCodes: ['client-1', 'client-2'],
    seconds: 1,
    progress: () => undefined,
  })
  expect(clients.map(({ clientCode, sameDigests }) => ({ clientCode, sameDigests }))).toEqual([
    { clientCode: 'client-1', sameDigests: true },
    { clientCode: 'client-2', sameDigests: true },
  ])
  expect(clients[0]?.rows).toBeGreaterThan(8_000)
  expect(others).toEqual({ compared: 10, changed: 0 })
  for (const phase of ['alone', 'backup', 'restore', 'alone again']) {
    expect({ phase, failed: waits[phase]?.others.failed }).toEqual({ phase, failed: 0 })
    expect(waits[phase]?.others.writes).toBeGreaterThan(5)
  }
})
