import { randomUUID } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import { connect } from './connect.ts'
import type { Connection, Database } from './database.ts'
import { isConnectionLoss, sayAddress, sqlState } from './failures.ts'
import { type SchemaFit, schemaFit } from './migrate/schema-fit.ts'
import { findMigratingRole } from './platform/platform.ts'
import { sql } from './sql.ts'

/** Which database is meant, as settings say it: an address, or the embedded server of a folder. */
export type Target = Readonly<{
  databaseUrl: string | undefined
  embeddedFolder: string
  migrationsFolder: string
}>

/** How to open. */
export type OpenOptions = {
  /** Told what takes longer than a moment. */
  progress?: (text: string) => void
  /** How many connections at the most; 1 if not given. */
  size?: number
  /** Called before an empty embedded server is set up; what it gives is called once the migrations are applied. */
  settingUp?: () => Promise<(owner: Connection) => Promise<void>>
  /** Under which id the audit trail notes what is done here; a made-up one if not given. */
  requestId?: string
}

/**
 * Connects as staff (role flows_staff) after the check that the schema fits this program: throws MIGRATION_PENDING
 * or DATABASE_NEWER if it does not. An embedded server is started, and set up when it is still empty.
 */
export function openAsStaff(target: Target, options: OpenOptions = {}): Promise<Connection> {
  return reach(target, (url) => staffAt(url, target, options))
}

async function staffAt(url: string, target: Target, options: OpenOptions): Promise<Connection> {
  const staff = await connectAsStaff(url, options)
  const fit = staff === undefined ? 'empty' : await fitOf(staff, target)
  if (staff !== undefined && fit === 'current') return staff
  await staff?.close()
  if (fit !== 'empty' || target.databaseUrl !== undefined) throw misfit(fit, url)
  await setUp(target, options)
  const ready = await connectAsStaff(url, options)
  if (ready === undefined) throw new Error('The migrations of this project do not make the role flows_staff')
  return ready
}

/** Connects as the role that runs migrations and looks at nothing; an embedded server is started. */
export function openAsOwner(
  target: Target,
  { requestId }: Pick<OpenOptions, 'requestId'> = {},
): Promise<Connection> {
  return reach(target, (url) => ownerAt(url, requestSettings(requestId)))
}

async function ownerAt(url: string, settings: Record<string, string>): Promise<Connection> {
  const connection = await connect(url, { settings })
  const { connected } = await connection.one<{ connected: string }>(
    sql`select current_user::text as connected`,
  )
  const role = await findMigratingRole(connection)
  if (role === connected) return connection
  await connection.close()
  return connect(url, { role, settings })
}

/** Opens the database that is meant. An embedded server that dies between being found and being reached is started once more. */
async function reach(target: Target, open: (url: string) => Promise<Connection>): Promise<Connection> {
  try {
    return await open(await addressOf(target))
  } catch (error) {
    if (target.databaseUrl !== undefined || !isConnectionLoss(error)) throw error
    return open(await addressOf(target))
  }
}

/** The address of the database that is meant; an embedded server is started. */
export async function addressOf(target: Target): Promise<string> {
  if (target.databaseUrl !== undefined) return target.databaseUrl
  const { ensureEmbedded } = await import('./embedded/ensure-embedded.ts')
  const server = await ensureEmbedded({ folder: target.embeddedFolder })
  return server.url
}

/** Undefined where the role flows_staff does not exist yet. */
async function connectAsStaff(
  url: string,
  { size, requestId }: OpenOptions,
): Promise<Connection | undefined> {
  try {
    return await connect(url, {
      role: 'flows_staff',
      settings: requestSettings(requestId),
      ...(size === undefined ? {} : { size }),
    })
  } catch (error) {
    if (sqlState(error) === '22023') return undefined
    throw error
  }
}

function requestSettings(requestId: string = randomUUID()): Record<string, string> {
  return { 'flows.request_id': requestId }
}

/** Asked as the user who logged in, because staff may not read the ledger. */
function fitOf(staff: Connection, target: Target): Promise<SchemaFit> {
  return staff.transaction(async (tx: Database) => {
    await tx.run(sql`set local role none`)
    return schemaFit(tx, target.migrationsFolder)
  })
}

function misfit(fit: SchemaFit, url: string): FlowsError {
  if (fit === 'newer') {
    return new FlowsError('DATABASE_NEWER', `The database at ${sayAddress(url)} is newer than this program`, {
      hint: 'Update flows-db, or fetch the newest migrations.',
    })
  }
  return fit === 'empty'
    ? new FlowsError(
        'MIGRATION_PENDING',
        `The database at ${sayAddress(url)} is not set up for flows-db yet`,
        {
          hint: 'Run: db:init',
        },
      )
    : new FlowsError(
        'MIGRATION_PENDING',
        `The database at ${sayAddress(url)} lacks migrations of this program`,
        {
          hint: 'Run: migrate:up (migrate:status lists them)',
        },
      )
}

async function setUp(target: Target, options: OpenOptions): Promise<void> {
  const { migrateUp } = await import('./migrate/migrate-up.ts')
  options.progress?.('Setting up the database')
  const finish = await options.settingUp?.()
  const owner = await openAsOwner(target)
  try {
    await migrateUp(owner, target.migrationsFolder, {
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    })
    await finish?.(owner)
  } finally {
    await owner.close()
  }
}
