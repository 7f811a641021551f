import { readTiers } from '../config/tiers.ts'
import { type Initialized, initDatabase } from '../database/init-database.ts'
import type { Session } from './command.ts'
import { finishSetup } from './finish-setup.ts'

/**
 * Brings the database of the settings to the state of this program: the platform where it is missing, every migration,
 * the project's tiers, the audit trail's next months. The tiers are read first, so that a faulty file changes nothing.
 */
export async function setUpDatabase(
  session: Session,
  tiers = readTiers(session.settings.projectFolder),
): Promise<Initialized> {
  const { settings, dryRun, progress } = session
  const initialized = await initDatabase(settings, { dryRun, progress })
  await finishSetup(session, tiers)
  return initialized
}
