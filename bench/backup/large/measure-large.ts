import { readClientCatalog } from '../../../src/backup/client-tables.ts'
import { createBackup } from '../../../src/backup/create-backup.ts'
import { restoreBackup } from '../../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../../src/backup/verify-backup.ts'
import { pause, ticks } from '../../../src/base/clock.ts'
import { clientByCode } from '../../../src/clients/find-client.ts'
import type { Connection } from '../../../src/database/database.ts'
import { damageAtRandom, tableDigests } from './large.queries.ts'
import { startWriters } from './start-writers.ts'
import type { Told } from './writers.ts'

/** What is worked on and for how long; `seconds` for each phase at the least. */
export type LargeOptions = {
  url: string
  folder: string
  clientCodes: readonly string[]
  seconds: number
  progress(text: string): void
}

/** What came of it, by client where it is about one. */
export type LargeOutcome = {
  waits: Told
  clients: {
    clientCode: string
    rows: number
    bytes: number
    backupMs: number
    restoreMs: number
    /** Whether a backup of the restored client has the digests of the one that it was restored from. */
    sameDigests: boolean
  }[]
  /** Clients that were not restored, and how many of them have another digest afterwards. */
  others: { compared: number; changed: number }
}

const settings = { masterKey: Buffer.alloc(32), storageBucketPrefix: 'flows' }

/**
 * Backs up clients while eight writers work on all, damages them, restores each beside the writers, and compares: the
 * writers' waits with those of a time without backups, the restored clients with their backups, and, with the writers
 * gone, every other client before and after.
 */
export async function measureLarge(db: Connection, options: LargeOptions): Promise<LargeOutcome> {
  const { url, folder, clientCodes, seconds, progress } = options
  const writers = await startWriters(url, clientCodes)
  const phase = async (name: string, work: () => Promise<void>) => {
    progress(`Writers at work: ${name}`)
    writers.phase(name)
    const began = ticks()
    do await work()
    while (ticks() - began < seconds * 1_000)
  }
  await phase('alone', () => pause(seconds * 1_000))
  const backups = new Map<string, { file: string; rows: number; bytes: number; ms: number }>()
  await phase('backup', async () => {
    for (const clientCode of clientCodes) {
      const began = ticks()
      const { file, rows, bytes } = await createBackup(db, clientCode, { program: 'bench', folder })
      backups.set(clientCode, { file, rows, bytes, ms: ticks() - began })
    }
  })
  const restoreMs = new Map<string, number>()
  let seed = 0
  await phase('restore', async () => {
    for (const [clientCode, { file }] of backups) {
      seed += 1
      await damageAtRandom(db, clientCode, seed)
      const began = ticks()
      await restoreBackup(db, file, { settings, replace: true })
      restoreMs.set(clientCode, ticks() - began)
    }
  })
  await phase('alone again', () => pause(seconds * 1_000))
  const waits = await writers.stop()

  progress('Without writers: every other client before and after')
  const ids = await Promise.all(clientCodes.map(async (code) => (await clientByCode(db, code)).id))
  const before = await digestsOfOthers(db, ids)
  const clients: LargeOutcome['clients'] = []
  for (const [clientCode, { file, rows, bytes, ms }] of backups) {
    await damageAtRandom(db, clientCode, 99)
    await restoreBackup(db, file, { settings, replace: true })
    const again = await createBackup(db, clientCode, { program: 'bench', folder })
    const sameDigests = (await digestsIn(again.file)) === (await digestsIn(file))
    const took = restoreMs.get(clientCode) ?? Number.NaN
    clients.push({ clientCode, rows, bytes, backupMs: ms, restoreMs: took, sameDigests })
  }
  const after = await digestsOfOthers(db, ids)
  const changed = [...before.keys()].filter((key) => before.get(key) !== after.get(key))
  return { waits, clients, others: { compared: before.size, changed: changed.length } }
}

/** The trail goes on, so it is the one table that must differ. */
async function digestsIn(file: string): Promise<string> {
  const { tables } = await verifyBackup(file)
  return JSON.stringify(tables.filter(({ table }) => table !== 'audit_events'))
}

async function digestsOfOthers(db: Connection, ids: readonly string[]): Promise<Map<string, string>> {
  const { tables } = await readClientCatalog(db)
  const digests = new Map<string, string>()
  for (const { schema, table, ownerColumn: owner } of tables) {
    for (const { clientId, digest } of await tableDigests(db, { schema, table, owner })) {
      if (!ids.includes(clientId)) digests.set(clientId, `${digests.get(clientId) ?? ''} ${table} ${digest}`)
    }
  }
  return digests
}
