import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { layOut } from './installed.ts'

/** Lends work a migrated server of its own, of an installed PostgreSQL if its programs are given, and a folder; both go. */
export async function withScratch<Result>(
  work: (owner: Connection, folder: string, url: string) => Promise<Result>,
  bin?: string,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  try {
    const installed = bin === undefined ? {} : { binaries: layOut(bin, folder) }
    const { url } = await ensureEmbedded({ folder: join(folder, '.flows-db'), ...installed })
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
