import { stat } from 'node:fs/promises'
import { FlowsError } from '../base/errors.ts'
import type { Settings } from '../config/settings.ts'
import { connect } from '../database/connect.ts'
import type { Database } from '../database/database.ts'
import { findEmbedded } from '../database/embedded/find-embedded.ts'
import { addressOf } from '../database/open.ts'
import { checkHealth, type HealthOptions } from '../health/check-health.ts'
import type { HealthReport } from '../health/health-report.ts'
import type { KnownBackups, Surroundings } from '../health/surroundings.ts'
import type { Session } from './command.ts'
import { knownBackups } from './known-backups.ts'

/** Checks the health of the project's database; `backups` is where its backups lie, BACKUP_DIR if not given. */
export async function lookAtHealth(
  session: Session,
  backups: string | undefined,
  options: HealthOptions,
): Promise<HealthReport> {
  const { settings } = session
  const known = await knownBackups(session, backups ?? settings.backupFolder)
  return withDatabase(session, async (db) => {
    const surroundings = await surroundingsOf(settings, known)
    return checkHealth(db, surroundings, options)
  })
}

/** The migrating role sees most; who may not become it sees what it may. Without any connection, the reason for that. */
async function withDatabase(
  { owner, database, settings }: Session,
  work: (db: Database | FlowsError) => Promise<HealthReport>,
): Promise<HealthReport> {
  try {
    if (settings.databaseUrl === undefined) await setUpIfEmpty(database)
    return await work(await owner())
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    if (error.code === 'DATABASE_PERMISSION_DENIED') {
      const connection = await connect(await addressOf(settings))
      return work(connection).finally(() => connection.close())
    }
    if (!error.code.startsWith('DATABASE_') && !error.code.startsWith('EMBEDDED_')) throw error
    return work(error)
  }
}

/** As every command does with an embedded database; what keeps it from fitting is for the checks to tell. */
async function setUpIfEmpty(database: Session['database']): Promise<void> {
  try {
    await database()
  } catch (error) {
    if (!(error instanceof FlowsError && ['MIGRATION_PENDING', 'DATABASE_NEWER'].includes(error.code)))
      throw error
  }
}

async function surroundingsOf(settings: Settings, backups: KnownBackups): Promise<Surroundings> {
  const { smtpUrl, supabaseUrl, migrationsFolder, storageBucketPrefix } = settings
  return {
    migrationsFolder,
    storageBucketPrefix,
    signingKids: await signingKidsOf(settings),
    backups,
    dataFolder: await dataFolderOf(settings),
    mailServer:
      smtpUrl === undefined
        ? undefined
        : async () => (await import('../clients/send-mail.ts')).verifyMailServer(smtpUrl),
    storageApi:
      supabaseUrl === undefined
        ? undefined
        : async () => {
            const { connectStorage, reachStorage } = await import('../storage/storage-api.ts')
            await reachStorage(await connectStorage(settings))
          },
  }
}

/** Undefined where there are none, or none that are good: which of both, `doctor` says. */
async function signingKidsOf(settings: Settings): Promise<readonly string[] | undefined> {
  if (settings.unmadeSecrets.includes('JWT_SECRET')) return undefined
  try {
    const { tokenAuthority } = await import('../invitations/token/authority.ts')
    return [...tokenAuthority(settings).keys.keys()]
  } catch (error) {
    if (error instanceof FlowsError) return undefined
    throw error
  }
}

async function dataFolderOf({ databaseUrl, embeddedFolder }: Settings): Promise<string | undefined> {
  if (databaseUrl !== undefined) return undefined
  const { dataFolder } = await findEmbedded({ folder: embeddedFolder })
  const found = await stat(dataFolder).catch(() => undefined)
  return found === undefined ? undefined : dataFolder
}
