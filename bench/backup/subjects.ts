import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBackup } from '../../src/backup/create-backup.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { ticks } from '../../src/base/clock.ts'
import type { Database } from '../../src/database/database.ts'
import type { Subject } from '../harness.ts'
import { type BareTable, bareIn, bareOut, removeClient } from './backup.queries.ts'

/** The client that is backed up, and where files may go. */
export type Place = {
  db: Database
  folder: string
  id: string
  clientCode: string
  tables: readonly BareTable[]
}

/** A bare COPY of the same rows into files, and our backup of them: plain, packed, and packed and sealed. */
export function backupSubjects(place: Place): Subject[] {
  const ours = (name: string, file: string, passphrase?: string): Subject => ({
    name,
    measure: async () => {
      const wall = await timed(() => create(place, file, passphrase))
      await rm(join(place.folder, file))
      return { wall }
    },
  })
  const bare = (name: string): Subject => ({
    name,
    measure: async () => ({ wall: await timed(() => copyAll(place)) }),
  })
  return [
    bare('baseline'),
    bare('control'),
    ours('backup', 'a.sql'),
    ours('gzip', 'a.sql.gz'),
    ours('gzip, sealed', 'a.sql.gz', 'correct horse battery'),
  ]
}

/** A bare COPY of the same rows into their tables, and our restore of a client that is missing. */
export function restoreSubjects(place: Place, file: string): Subject[] {
  const { db, tables, id } = place
  const cleared = async (work: () => Promise<unknown>) => {
    await removeClient(db, tables, id)
    return { wall: await timed(work) }
  }
  const bare = (name: string): Subject => ({
    name,
    measure: () =>
      cleared(() =>
        db.transaction(async (tx) => {
          for (const table of tables) {
            if (table.table !== 'audit_events')
              await bareIn(tx, table, createReadStream(fileOf(place, table)))
          }
        }),
      ),
  })
  const settings = { masterKey: Buffer.alloc(32), storageBucketPrefix: 'flows' }
  return [
    bare('baseline'),
    bare('control'),
    { name: 'restore', measure: () => cleared(() => restoreBackup(db, file, { settings })) },
  ]
}

/** Writes a backup; its name decides how it is packed. */
export function create(place: Place, file: string, passphrase?: string): ReturnType<typeof createBackup> {
  const options = { program: 'bench', folder: place.folder, file: join(place.folder, file) }
  return createBackup(place.db, place.clientCode, { ...options, passphrase })
}

async function copyAll(place: Place): Promise<void> {
  await place.db.transaction(async (tx) => {
    for (const table of place.tables) {
      await pipeline(bareOut(tx, table, place.id), createWriteStream(fileOf(place, table)))
    }
  })
}

function fileOf({ folder }: Place, { table }: BareTable): string {
  return join(folder, `${table}.copy`)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = ticks()
  await work()
  return ticks() - began
}
