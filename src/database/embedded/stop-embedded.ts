import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkOurs } from './cluster.ts'
import { homeOf } from './home.ts'
import { lockFile, withLock } from './lock.ts'
import { isServing, readPostmaster } from './postmaster.ts'
import { readRecord } from './record.ts'
import { type EmbeddedStatus, findServer } from './server.ts'
import { shutDown } from './shut-down.ts'

/** Tells whether the folder's server runs, without starting it. */
export async function findEmbedded({ folder }: { folder: string }): Promise<EmbeddedStatus> {
  const running = await findServer(folder)
  return running ?? { running: false, dataFolder: homeOf(folder, readRecord(folder)).dataFolder }
}

/** Stops the folder's server; says whether one was running. */
export async function stopEmbedded({ folder }: { folder: string }): Promise<boolean> {
  if (!existsSync(folder)) return false
  return withLock(lockFile(folder), () => stopHeld(folder))
}

/** Stops the folder's server and deletes it: data, log, links and passwords. What else is in the folder stays. */
export async function resetEmbedded({ folder }: { folder: string }): Promise<void> {
  if (!existsSync(folder)) return
  await withLock(lockFile(folder), async () => {
    await stopHeld(folder)
    const record = readRecord(folder)
    const { home, dataFolder } = homeOf(folder, record)
    checkOurs(dataFolder)
    const files = ['data', 'data.new', 'data.password', 'run', 'lib', 'engine', 'engine.new', 'server.log']
    const paths = [...files.map((file) => join(home, file)), join(folder, 'server.json')]
    if (home !== folder) paths.push(home)
    if (record?.socketFolder !== undefined) paths.push(record.socketFolder)
    for (const path of paths) rmSync(path, { recursive: true, force: true })
  })
}

async function stopHeld(folder: string): Promise<boolean> {
  const { dataFolder } = homeOf(folder, readRecord(folder))
  const postmaster = readPostmaster(dataFolder)
  if (postmaster === undefined || !isServing(postmaster, dataFolder)) return false
  await shutDown(postmaster, dataFolder)
  return true
}
