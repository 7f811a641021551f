import { existsSync } from 'node:fs'
import { lockFile, withLock } from './lock.ts'
import { stopServer } from './stop-server.ts'

/** Stops the folder's server; says whether one was running. */
export async function stopEmbedded({ folder }: { folder: string }): Promise<boolean> {
  return existsSync(folder) && withLock(lockFile(folder), () => stopServer(folder))
}
