import { type ClientCatalog, readClientCatalog } from '../backup/client-tables.ts'
import { tableName } from '../backup/header.ts'
import type { Database } from '../database/database.ts'
import { type ExportedTable, filesOf, rowsOf } from './export.queries.ts'
import { partNames } from './part-names.ts'

/** A pair of files of an export: the rows that they hold and the sentence that explains them. */
export type ExportedRows = { name: string; about: string; rows: ReturnType<typeof rowsOf> }

/** What is in the tables of flows-db, for whoever reads an export. */
const abouts: Readonly<Record<string, string>> = {
  'flows.clients': 'The company itself: code, name, domain, region, tier and status.',
  'flows.client_members':
    'People with an account, by the id of their sign-in; names are kept where they sign in.',
  'flows.client_buckets': 'The storage bucket and how much lies in it.',
  'flows.client_applications': 'The applications in use, with their settings.',
  'flows.invitations':
    'Invitations: status, permissions and times. Names and addresses are only in the tokens, encrypted.',
  'flows.invitation_redemptions': 'Which invitation was redeemed when, and by which account.',
  'flows.audit_events': 'The audit trail: what happened to which row, when and by whom.',
  'flows_private.client_keys': 'When keys were made and retired. The keys themselves are never exported.',
  'flows_private.invitation_secrets':
    'By which signing key an invitation was signed. Secrets are never exported.',
  'flows_private.erasures': 'People who were erased, by the id of their invitation.',
  'flows_private.invitation_rates':
    'How many invitations were issued in the hour of the last one, and how many unknown links were tried.',
  'flows.invitation_months': 'How far the invitations of a month got: sent, opened, redeemed, expired.',
  'flows.client_snapshots': 'How many members and files there were on a day.',
  'flows.api_usage':
    'Calls of an hour: how many, how many failed, and how long they took; by application, never by person.',
  'flows.api_usage_days': 'The same, added up by day.',
  'flows.api_usage_totals': 'The same, added up since the beginning.',
  'flows_private.api_calls': 'Calls that are not yet added to their hour, one row each.',
}

/** Every part of a client's export, from the catalogue: a table made tomorrow is in it tomorrow. */
export async function exportedRows(tx: Database, clientId: string): Promise<ExportedRows[]> {
  const { tables } = await readClientCatalog(tx)
  const names = partNames(tables.map(tableName))
  const ofTables = tables.map((table, index) => {
    const about = abouts[tableName(table)] ?? `The rows of the table ${tableName(table)}.`
    return { name: names[index] ?? '', about, rows: rowsOf(exportedTable(table), clientId) }
  })
  const files = {
    name: 'files',
    about: 'The files in the storage bucket: names, sizes and times, without their content.',
    rows: filesOf(clientId),
  }
  return [...ofTables, files]
}

/** Bytes in flows_private are what proves or opens something (hashes, salts, wrapped keys): they are nobody's to have. */
function exportedTable(table: ClientCatalog['tables'][number]): ExportedTable {
  const { schema, table: name, ownerColumn, types, primaryKey } = table
  const columns = table.columns.filter(
    (_, index) => !(schema === 'flows_private' && types[index] === 'bytea'),
  )
  const moments = table.columns.filter((_, index) => types[index]?.startsWith('timestamp') === true)
  return { schema, table: name, ownerColumn, columns, moments, orderedBy: primaryKey }
}
