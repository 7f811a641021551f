import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { clearDrafts } from './create-cluster.ts'
import { homeOf } from './home.ts'
import { lockFile, withLock } from './lock.ts'
import { readRecord } from './record.ts'
import { stopServer } from './stop-server.ts'

const files = ['data', 'data.password', 'run', 'lib', 'engine', 'engine.new', 'server.log']

/** Stops the folder's server and deletes it: data, log, links and passwords. What else is in the folder stays. */
export async function resetEmbedded({ folder }: { folder: string }): Promise<void> {
  if (!existsSync(folder)) return
  await withLock(lockFile(folder), async () => {
    await stopServer(folder)
    const { home } = homeOf(folder, readRecord(folder))
    if (existsSync(home)) clearDrafts(join(home, 'data'))
    for (const path of pathsOf(folder)) rmSync(path, { recursive: true, force: true })
  })
}

function pathsOf(folder: string): string[] {
  const record = readRecord(folder)
  const { home } = homeOf(folder, record)
  return [
    ...files.map((file) => join(home, file)),
    ...(home === folder ? [] : [home]),
    ...(record?.socketFolder === undefined ? [] : [record.socketFolder]),
    join(folder, 'server.json'),
  ]
}
