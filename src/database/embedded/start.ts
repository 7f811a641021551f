import { FlowsError } from '../../base/errors.ts'
import { configureCluster, hasCluster, replacePassword } from './cluster.ts'
import { createCluster } from './create-cluster.ts'
import { type Engine, prepareEngine } from './engine.ts'
import { startFailure } from './failures.ts'
import type { Place } from './home.ts'
import { launch, untilReady } from './launch.ts'
import { giveAll } from './owned-files.ts'
import { freePort } from './port.ts'
import { disownPidFile, isServing, type Postmaster, readPostmaster } from './postmaster.ts'
import type { ServerRecord } from './record.ts'
import { shutDown } from './shut-down.ts'
import { makeSocketFolder } from './socket-folder.ts'

/** What a start found out, for the record. */
export type Started = Pick<ServerRecord, 'port' | 'version' | 'platform' | 'socketFolder'> & {
  postmaster: Postmaster
}

/** How to start, beside what the record says. */
export type StartOptions = {
  binaries: string | undefined
  /** The record is new: if there is a cluster already, its passwords are unknown. */
  passwordLost: boolean
}

/** Starts the server of a place, and makes its cluster first if there is none. Only for the holder of the lock. */
export async function startServer(
  place: Place,
  record: ServerRecord,
  options: StartOptions,
): Promise<Started> {
  const left = await findLeft(place)
  // The version is not on record yet if the very first start was cut short.
  const isKnown = !options.passwordLost && record.version !== ''
  if (left !== undefined && isKnown) return { ...record, postmaster: left }
  if (left !== undefined) await shutDown(left, place.dataFolder)

  const engine = prepareEngine(place.home, place.account, options.binaries)
  const isNew = !hasCluster(place.dataFolder, engine)
  if (isNew && record.platform > 0) throw dataMissing(place.dataFolder)
  if (isNew) await createCluster(place.dataFolder, engine, record.passwords.supabase_admin)
  else await takeUp(place, record, engine, options)
  const socketFolder = makeSocketFolder(place.home, place.account, record.socketFolder)
  const postmaster = await launchAtFreePort(place, engine, { port: record.port, socketFolder })
  return {
    postmaster,
    port: postmaster.port,
    version: engine.version,
    platform: isNew ? 0 : record.platform,
    ...(socketFolder?.startsWith(place.home) === false ? { socketFolder } : {}),
  }
}

async function takeUp(
  { dataFolder, account }: Place,
  { passwords }: ServerRecord,
  engine: Engine,
  { passwordLost }: StartOptions,
): Promise<void> {
  giveAll(dataFolder, account)
  disownPidFile(dataFolder)
  if (passwordLost) await replacePassword(dataFolder, engine, passwords.supabase_admin)
}

/** A server that is up although the record does not say so: its command was killed, or a newer release has more to bootstrap. */
async function findLeft({ dataFolder, logFile }: Place): Promise<Postmaster | undefined> {
  const postmaster = readPostmaster(dataFolder)
  if (postmaster === undefined || !isServing(postmaster, dataFolder)) return undefined
  const ready = await untilReady(dataFolder, () => !isServing(postmaster, dataFolder))
  if (ready !== undefined || !isServing(postmaster, dataFolder)) return ready
  throw startFailure(
    'Waiting for the embedded server',
    `It is still recovering (process ${postmaster.pid})`,
    logFile,
  )
}

/** An empty disk may be mounted, or the container's own was not kept: a new database in its stead would hide that. */
function dataMissing(dataFolder: string): FlowsError {
  return new FlowsError('EMBEDDED_DATA_MISSING', `The data in ${dataFolder} is gone`, {
    hint: 'Bring it back (is its disk mounted?), or begin afresh with: test:reset',
  })
}

async function launchAtFreePort(
  place: Place,
  engine: Engine,
  wanted: { port: number; socketFolder: string | undefined },
  attempts = 20,
): Promise<Postmaster> {
  const port = await freePort(wanted.port)
  const { statistics, major } = engine
  configureCluster(place.dataFolder, engine, { ...wanted, port, statistics, major })
  const postmaster = await launch(place.dataFolder, place.logFile, engine)
  if (postmaster !== undefined) return postmaster
  if (attempts > 1) return launchAtFreePort(place, engine, { ...wanted, port: port + 1 }, attempts - 1)
  throw new FlowsError('EMBEDDED_PORT_TAKEN', 'The embedded server finds no free port on 127.0.0.1', {
    hint: `See ${place.logFile}, and whether 127.0.0.1 can be listened at.`,
  })
}
