import { homeOf } from './home.ts'
import { readRecord } from './record.ts'
import { type EmbeddedStatus, findServer } from './server.ts'

/** Tells whether the folder's server runs, without starting it. */
export async function findEmbedded({ folder }: { folder: string }): Promise<EmbeddedStatus> {
  const running = await findServer(folder)
  return running ?? { running: false, dataFolder: homeOf(folder, readRecord(folder)).dataFolder }
}
