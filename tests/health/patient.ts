import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Connection } from '../../src/database/database.ts'
import { checkHealth, type HealthOptions } from '../../src/health/check-health.ts'
import type { HealthFinding, HealthReport } from '../../src/health/health-report.ts'
import type { Surroundings } from '../../src/health/surroundings.ts'
import { makeDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** What surrounds a database of which nobody knows anything. */
export const nothingAround: Surroundings = {
  migrationsFolder: packagePath('migrations'),
  storageBucketPrefix: 'flows',
  signingKids: undefined,
  backups: undefined,
  dataFolder: undefined,
  mailServer: undefined,
  storageApi: undefined,
}

/** A database in which something is to be planted, and a project that uses it. */
export type Patient = {
  /** As the migrating role. */
  owner: Connection
  /** As the superuser, for what only a test may do. */
  admin: Connection
  /** Another connection as the migrating role, for what somebody else does meanwhile. */
  other: Connection
  cwd: string
  surroundings: Surroundings
  run: (line: string) => Promise<Ended>
  look: (options?: HealthOptions) => Promise<HealthReport>
}

/** A copy of the migrated database and a project with migrations of its own; both are gone when the calling test ends. */
export async function patient(around: Partial<Surroundings> = {}): Promise<Patient> {
  const { url, adminUrl, drop } = await makeDatabase(templateName)
  const [owner, other, admin] = await Promise.all([
    connect(url, { size: 2 }),
    connect(url),
    connect(adminUrl),
  ])
  onTestFinished(async () => {
    await Promise.all([owner, other, admin].map((connection) => connection.close()))
    await drop()
  })
  const cwd = tempFolder({ 'package.json': '{}' })
  cpSync(packagePath('migrations'), join(cwd, 'migrations'), { recursive: true })
  const environment = { DATABASE_URL: url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }
  writeFileSync(join(cwd, '.env'), '')
  const surroundings = { ...nothingAround, migrationsFolder: join(cwd, 'migrations'), ...around }
  return {
    owner,
    admin,
    other,
    cwd,
    surroundings,
    run: (line) => flowsDb(line, { cwd, environment }),
    look: (options = {}) => checkHealth(owner, surroundings, options),
  }
}

/** Every finding of a report. */
export function findingsOf({ checks }: HealthReport): HealthFinding[] {
  return checks.flatMap(({ findings }) => findings)
}
