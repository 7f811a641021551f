import { checkOurs } from './cluster.ts'
import { homeOf } from './home.ts'
import { isServing, readPostmaster } from './postmaster.ts'
import { readRecord } from './record.ts'
import { shutDown } from './shut-down.ts'

/** Stops the server of a folder, for the holder of its lock, and says whether one was running; throws EMBEDDED_DATA_FOREIGN if it is not ours. */
export async function stopServer(folder: string): Promise<boolean> {
  const { dataFolder } = homeOf(folder, readRecord(folder))
  checkOurs(dataFolder)
  const postmaster = readPostmaster(dataFolder)
  if (postmaster === undefined || !isServing(postmaster, dataFolder)) return false
  await shutDown(postmaster, dataFolder)
  return true
}
