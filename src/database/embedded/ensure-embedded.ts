import { sqlState } from '../failures.ts'
import { diskFull, isFullDisk } from './failures.ts'
import { handOver, makeFolder, type Place, settle } from './home.ts'
import { lockFile, withLock } from './lock.ts'
import { preferredPort } from './port.ts'
import { newRecord, readRecord, type ServerRecord, writeRecord } from './record.ts'
import { describe, type EmbeddedServer, findServer } from './server.ts'
import { shapeCluster } from './shape.ts'
import { startServer } from './start.ts'

/** Which server, and with which programs. */
export type EmbeddedOptions = {
  /** Its folder, absolute; made if missing. */
  folder: string
  /** The folder with PostgreSQL's bin, lib and share, if not that of the optional dependency. */
  binaries?: string
}

/**
 * Gives the folder's server, up and shaped like Supabase: makes it on first use, starts it if it is down,
 * recovers it after a crash. Safe for any number of commands at once. A running one costs about a millisecond.
 */
export async function ensureEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { folder } = options
  const find = () => findServer(folder)
  const running = await find()
  if (running !== undefined) return running
  try {
    makeFolder(folder)
    return await withLock(lockFile(folder), async () => (await find()) ?? (await bringUp(options)), find)
  } catch (error) {
    throw isFullDisk(error) || sqlState(error) === '53100' ? diskFull(folder, error) : error
  }
}

async function bringUp(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const known = readRecord(options.folder)
  const place = settle(options.folder, known)
  try {
    return await bringUpAt(place, options, known)
  } finally {
    handOver(options.folder)
  }
}

async function bringUpAt(
  place: Place,
  { folder, binaries }: EmbeddedOptions,
  known: ServerRecord | undefined,
): Promise<EmbeddedServer> {
  const draft = known ?? newRecord(folder, preferredPort(folder))
  const home = place.home === folder ? {} : { home: place.home }
  const record: ServerRecord = { ...draft, ...home, folder }
  // Written before the cluster, which is then never without its passwords.
  writeRecord(folder, record)
  const { postmaster, ...changes } = await startServer(place, record, {
    binaries,
    passwordLost: known === undefined,
  })
  const started = { ...record, ...changes }
  const shaped = await shapeCluster(started, describe(started, postmaster, place.dataFolder))
  writeRecord(folder, shaped)
  return describe(shaped, postmaster, place.dataFolder)
}
