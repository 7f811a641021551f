import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagePath } from '../src/base/package-folder.ts'
import { connect } from '../src/database/connect.ts'
import { presentSchema } from '../src/database/drift/expected-schema.ts'
import { ensureEmbedded } from '../src/database/embedded/ensure-embedded.ts'
import { stopEmbedded } from '../src/database/embedded/stop-embedded.ts'

/** What schemas/ makes of an empty database, as health-check compares it: on an embedded server of its own. */
export async function schemaFingerprint(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-schema-'))
  try {
    const { url } = await ensureEmbedded({ folder })
    const owner = await connect(url)
    try {
      const files = readdirSync(packagePath('schemas')).sort()
      for (const file of files) await owner.script(readFileSync(packagePath('schemas', file), 'utf8'))
      return `${(await presentSchema(owner)).join('\n')}\n`
    } finally {
      await owner.close()
    }
  } finally {
    await stopEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
  }
}
