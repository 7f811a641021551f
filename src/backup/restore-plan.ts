import { FlowsError } from '../base/errors.ts'
import { checkClientCode } from '../clients/client.ts'
import type { Database } from '../database/database.ts'
import { readLedger } from '../database/migrate/ledger.ts'
import { type ClientCatalog, readClientCatalog } from './client-tables.ts'
import { type ErasedWish, meetErasure, refuseErasedCode } from './erased-client.ts'
import { type BackupHeader, type BackupTable, tableName } from './header.ts'
import { findDomainOwner, selectPresentClients } from './restore.queries.ts'

/** What a restore does: bring a client back, put it back as it was, or make another client that is like it. */
export type RestoreMode = 'restored' | 'replaced' | 'cloned'

/** What was asked for. */
export type RestoreWish = ErasedWish & {
  /** Put a client that is there back to what it was. */
  replace?: boolean
  /** Make a new client of this code instead. */
  as?: string | undefined
  /** The domain of a copy; none if not given. */
  domain?: string | undefined
}

/** Which way a backup can be restored into a database, and what it finds there. */
export type RestorePlan = {
  mode: RestoreMode
  catalog: ClientCatalog
  /** Whether the client was erased after the backup was made: then its keys stay destroyed, and its people erased, in a copy, too. */
  wasErased: boolean
}

/**
 * Sees whether a backup fits the database and the wish, and changes nothing. Throws BACKUP_NEWER, BACKUP_UNFIT,
 * BACKUP_CLIENT_EXISTS, BACKUP_CLIENT_DIFFERS, BACKUP_CLIENT_ERASED, CLIENT_CODE_TAKEN, CLIENT_CODE_ERASED,
 * CLIENT_DOMAIN_TAKEN or CLIENT_NOT_FOUND.
 */
export async function planRestore(
  tx: Database,
  header: BackupHeader,
  wish: RestoreWish,
): Promise<RestorePlan> {
  await refuseNewer(tx, header)
  const catalog = await readClientCatalog(tx)
  refuseUnknown(header, catalog)
  const mode = await modeOf(tx, header, wish)
  const wasErased = await meetErasure(tx, header, wish)
  // A copy is another client: only the one that was erased may have its code again.
  if (mode === 'cloned' && wish.domain !== undefined) await refuseTakenDomain(tx, wish.domain)
  if (mode === 'cloned') await refuseErasedCode(tx, wish.as ?? header.clientCode, null)
  if (mode === 'restored') await refuseErasedCode(tx, header.clientCode, header.clientId)
  return { mode, catalog, wasErased }
}

async function refuseNewer(tx: Database, header: BackupHeader): Promise<void> {
  const { entries } = await readLedger(tx)
  const applied = new Set(entries.map(({ version }) => version))
  const unknown = header.migrations.filter(({ version }) => !applied.has(version))
  if (unknown.length === 0) return
  throw new FlowsError(
    'BACKUP_NEWER',
    `The backup is of a newer database: migration ${unknown.at(-1)?.version} is not applied here`,
    { hint: 'Nothing was changed. Update flows-db, run migrate:up, then try again.' },
  )
}

/** Names come from the file: only those that the catalogue knows are ever put into a statement. */
function refuseUnknown({ tables }: BackupHeader, catalog: ClientCatalog): void {
  const known = new Map(catalog.tables.map((table) => [tableName(table), table]))
  const faults = tables.flatMap((table) => {
    const name = tableName(table)
    if (name === 'storage.buckets') return isBucketTable(table) ? [] : [name]
    const there = known.get(name)
    if (there === undefined) return [name]
    const unknown = table.columns.filter((column, index) => {
      const at = there.columns.indexOf(column)
      // Binary rows are of the types that they were written as, and would be misread as any other.
      return at === -1 || (table.types !== undefined && table.types[index] !== there.types[at])
    })
    const [owner] = table.columns
    return [
      ...unknown.map((column) => `${name}.${column}`),
      ...(owner === there.ownerColumn ? [] : [name]),
      ...(table.types === undefined || table.types.length === table.columns.length ? [] : [name]),
      ...table.orderedBy
        .filter((column) => !table.columns.includes(column))
        .map((column) => `${name}.${column}`),
    ]
  })
  if (new Set(tables.map(tableName)).size !== tables.length) faults.push('a table twice')
  if (!tables.some((table) => tableName(table) === 'flows.clients')) faults.push('no flows.clients')
  if (faults.length === 0) return
  throw new FlowsError(
    'BACKUP_UNFIT',
    `The backup has what this database has no place for: ${faults.join(', ')}`,
    {
      hint: 'Nothing was changed. Restore it into a database that has these tables and columns.',
    },
  )
}

function isBucketTable({ columns, types }: BackupTable): boolean {
  return columns.join() === 'id,name,public' && types === undefined
}

async function refuseTakenDomain(tx: Database, domain: string): Promise<void> {
  const clientCode = await findDomainOwner(tx, domain)
  if (clientCode === undefined) return
  throw new FlowsError('CLIENT_DOMAIN_TAKEN', `Client "${clientCode}" has the domain "${domain}" already`, {
    hint: 'Nothing was changed. Leave --domain out, or give another.',
  })
}

async function modeOf(
  tx: Database,
  header: BackupHeader,
  { replace, as }: RestoreWish,
): Promise<RestoreMode> {
  const { clientId, clientCode } = header
  if (as !== undefined) {
    checkClientCode(as)
    const taken = await selectPresentClients(tx, { clientId, clientCode: as })
    if (!taken.some((client) => client.clientCode === as)) return 'cloned'
    throw new FlowsError('CLIENT_CODE_TAKEN', `Client "${as}" exists already`, {
      hint: `See it with: client:status ${as}`,
    })
  }
  const present = await selectPresentClients(tx, header)
  const own = present.find((client) => client.id === clientId && client.clientCode === clientCode)
  if (own === undefined && present.length > 0) {
    throw new FlowsError(
      'BACKUP_CLIENT_DIFFERS',
      `Client "${clientCode}" of this database is not the one of the backup`,
      {
        hint: 'Nothing was changed. Make a client of its own of the backup with: --as <new code>',
      },
    )
  }
  if (own !== undefined && replace !== true) {
    throw new FlowsError('BACKUP_CLIENT_EXISTS', `Client "${clientCode}" is there`, {
      hint: `Put it back to what it was with --replace --confirm ${clientCode}, or make a copy with --as <new code>.`,
    })
  }
  if (own === undefined && replace === true) {
    throw new FlowsError('CLIENT_NOT_FOUND', `There is no client "${clientCode}" to replace`, {
      hint: 'Leave --replace out to bring it back.',
    })
  }
  return own === undefined ? 'restored' : 'replaced'
}
