import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBackup } from '../../src/backup/create-backup.ts'
import { eraseRows } from '../../src/backup/erase-rows.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import type { Sealing } from '../../src/backup/seal.ts'
import { ticks } from '../../src/base/clock.ts'
import type { Database } from '../../src/database/database.ts'
import type { Subject } from '../harness.ts'
import {
  type BareTable,
  bareDelete,
  bareIn,
  bareOut,
  type Form,
  masterKey,
  removeClient,
  settle,
} from './backup.queries.ts'

/** The client that is backed up, and where files may go. */
export type Place = {
  db: Database
  folder: string
  id: string
  clientCode: string
  tables: readonly BareTable[]
}

/** A bare binary COPY of the same rows into files, one as text, and our backup of them, in each form. */
export function backupSubjects(place: Place): Subject[] {
  const ours = (name: string, file: string, sealing: Sealing = {}): Subject => ({
    name,
    measure: async () => {
      const wall = await timed(() => create(place, file, sealing))
      await rm(join(place.folder, file))
      return { wall }
    },
  })
  const bare = (name: string, form: Form): Subject => ({
    name,
    measure: async () => ({ wall: await timed(() => copyAll(place, form)) }),
  })
  return [
    bare('baseline', 'binary'),
    bare('control', 'binary'),
    bare('bare COPY as text', 'text'),
    ours('archive', 'a.fdb'),
    ours('archive, gzip', 'a.fdb.gz'),
    ours('plain', 'a.sql'),
    ours('plain, gzip', 'a.sql.gz'),
    ours('plain, gzip, passphrase', 'a.sql.gz.enc', { passphrase: 'correct horse battery' }),
  ]
}

/** A bare COPY of the same rows into their tables, our restore of a client that is missing, and a copy of it. */
export function restoreSubjects(place: Place, files: { plain: string; archive: string }): Subject[] {
  const { db, tables, id, clientCode } = place
  const settings = { masterKey, storageBucketPrefix: 'flows' }
  const cleared = async (work: () => Promise<unknown>) => {
    await removeClient(db, tables, id)
    return { wall: await timed(work) }
  }
  const bare = (name: string, form: Form): Subject => ({
    name,
    measure: () =>
      cleared(() =>
        db.transaction(async (tx) => {
          for (const table of tables) {
            if (table.table !== 'audit_events')
              await bareIn(tx, table, createReadStream(fileOf(place, table, form)), form)
          }
        }),
      ),
  })
  const restore = (name: string, file: string): Subject => ({
    name,
    measure: () => cleared(() => restoreBackup(db, file, { settings })),
  })
  let copies = 0
  const copy = (name: string, file: string): Subject => ({
    name,
    measure: async () => {
      copies += 1
      const as = `${clientCode}-copy-${copies}`
      let copied = ''
      const wall = await timed(async () => {
        copied = (await restoreBackup(db, file, { settings, as })).clientId
      })
      await removeClient(db, tables, copied)
      return { wall }
    },
  })
  return [
    bare('baseline', 'binary'),
    bare('control', 'binary'),
    bare('bare COPY as text', 'text'),
    restore('archive', files.archive),
    restore('plain', files.plain),
    copy('copy of an archive', files.archive),
  ]
}

/** A bare delete of a client's rows, and ours, which digests them on their way; both are taken back. */
export function eraseSubjects({ db, id, tables }: Place): Subject[] {
  const erase = (name: string, work: (tx: Database) => Promise<unknown>): Subject => ({
    name,
    measure: async () => {
      let wall = Number.NaN
      const takenBack = new Error('Taken back')
      const erasing = db.transaction(async (tx) => {
        wall = await timed(() => work(tx))
        throw takenBack
      })
      await erasing.catch((error: unknown) => {
        if (error !== takenBack) throw error
      })
      await settle(db)
      return { wall }
    },
  })
  return [
    erase('baseline', (tx) => bareDelete(tx, tables, id)),
    erase('control', (tx) => bareDelete(tx, tables, id)),
    erase('with digests', (tx) => eraseRows(tx, id, { kept: ['flows.audit_events'] })),
  ]
}

/** Writes a backup; its name decides how it is packed. */
export function create(place: Place, file: string, sealing: Sealing = {}): ReturnType<typeof createBackup> {
  const options = { program: 'bench', folder: place.folder, file: join(place.folder, file) }
  return createBackup(place.db, place.clientCode, { ...options, ...sealing })
}

async function copyAll(place: Place, form: Form): Promise<void> {
  await place.db.transaction(async (tx) => {
    for (const table of place.tables) {
      await pipeline(bareOut(tx, table, place.id, form), createWriteStream(fileOf(place, table, form)))
    }
  })
}

function fileOf({ folder }: Place, { table }: BareTable, form: Form): string {
  return join(folder, `${table}.${form}`)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = ticks()
  await work()
  return ticks() - began
}
