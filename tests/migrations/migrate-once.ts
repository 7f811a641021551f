import { connect } from '../../src/database/connect.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'

/** A process of its own, to be started many times at once or killed; tells on standard output how far it is. */
async function migrateOnce(url: string, folder: string): Promise<void> {
  const db = await connect(url)
  const result = await migrateUp(db, folder, { progress: (text) => process.stdout.write(`${text}\n`) })
  process.stdout.write(`applied ${result.applied.length}\n`)
  await db.close()
}

const [, , url = '', folder = ''] = process.argv
void migrateOnce(url, folder)
