import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'

/** Lends work a migrated server of its own and a folder, both gone afterwards. */
export async function withScratch<Result>(
  work: (owner: Connection, folder: string, url: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  try {
    const { url } = await ensureEmbedded({ folder: join(folder, '.flows-db') })
    const owner = await connect(url)
    try {
      await migrateUp(owner, packagePath('migrations'))
      return await work(owner, folder, url)
    } finally {
      await owner.close()
    }
  } finally {
    await resetEmbedded({ folder: join(folder, '.flows-db') })
    rmSync(folder, { recursive: true, force: true })
  }
}
