import { atOneMoment } from '../backup/at-one-moment.ts'
import { readClientCatalog } from '../backup/client-tables.ts'
import { FlowsError } from '../base/errors.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { copyField, copyLines } from './copy-lines.ts'
import { personalShapes, type ShapeName } from './personal-shapes.ts'
import { copyTexts, countTable, hasSchema, type ScannedTable, selectTextTables } from './scan.queries.ts'

/** Where to look and for what. */
export type ScanOptions = {
  /** Only rows of this client. */
  clientCode?: string | undefined
  /** Every table of these schemas, instead of the tables of clients. */
  schemas?: readonly string[]
  /** Names to look for, as whole words in any case. */
  names?: readonly string[]
  /** About as many rows of each table, drawn at random; all if not given. */
  sample?: number | undefined
  progress?: (text: string) => void
}

/** A column in which something was found: of what kind, in how many values, of how many. Never which. */
export type ScanFinding = {
  column: string
  kind: ShapeName | 'name on the list'
  values: number
  of: number
}

/** What a scan saw and found. */
export type Scan = {
  tables: number
  columns: number
  rows: number
  sampled: boolean
  findings: ScanFinding[]
}

/**
 * Reads every column of text, of JSON and of types made of them, and tells which hold what looks like a person's:
 * addresses, numbers with their check digits, names of a list. Changes nothing and holds no more than a row. `db`
 * connects as the migrating role. Throws CLIENT_NOT_FOUND, or USAGE for a schema that there is not.
 */
export function scan(db: Database, options: ScanOptions = {}): Promise<Scan> {
  const { clientCode, schemas = [], names = [], sample, progress = () => undefined } = options
  return atOneMoment(db, async (tx) => {
    for (const schema of schemas) await refuseUnknown(tx, schema)
    const client = clientCode === undefined ? undefined : await clientByCode(tx, clientCode)
    const { tables: owned } = await readClientCatalog(tx)
    const ownerOf = ({ schema, table }: ScannedTable) =>
      owned.find((each) => each.schema === schema && each.table === table)?.ownerColumn
    const all = await selectTextTables(tx, schemas.length === 0 ? undefined : schemas)
    const tables = all.filter(
      (table) => ownerOf(table) !== undefined || (schemas.length > 0 && client === undefined),
    )
    const isName = nameFinder(names)
    const result: Scan = { tables: tables.length, columns: 0, rows: 0, sampled: false, findings: [] }
    for (const table of tables) {
      const share = await shareOf(tx, table, sample)
      const column = ownerOf(table)
      const owner = client === undefined || column === undefined ? undefined : { column, id: client.id }
      const { rows, findings } = await scanTable(table, copyTexts(tx, table, { owner, share }), isName)
      progress(`${table.schema}.${table.table}: ${rows} rows`)
      result.columns += table.columns.length
      result.rows += rows
      result.sampled ||= share < 1
      result.findings.push(...findings)
    }
    return result
  })
}

async function refuseUnknown(tx: Database, schema: string): Promise<void> {
  if (await hasSchema(tx, schema)) return
  throw new FlowsError('USAGE', `There is no schema "${schema}"`, {
    hint: 'Name a schema of the database, such as public; without one the tables of clients are read.',
  })
}

async function shareOf(tx: Database, table: ScannedTable, sample: number | undefined): Promise<number> {
  if (sample === undefined) return 1
  const rows = table.estimate > 0 ? table.estimate : await countTable(tx, table)
  return rows <= sample ? 1 : sample / rows
}

async function scanTable(
  { schema, table, columns }: ScannedTable,
  chunks: AsyncGenerator<Buffer, number>,
  isName: (text: string) => boolean,
): Promise<{ rows: number; findings: ScanFinding[] }> {
  const counts = columns.map(() => new Map<ScanFinding['kind'], number>())
  const lines = copyLines(chunks)
  let step = await lines.next()
  for (; step.done !== true; step = await lines.next()) {
    for (const [index, field] of step.value.split('\t').entries()) {
      const text = copyField(field)
      if (text === null) continue
      const kinds: ScanFinding['kind'][] = personalShapes(text)
      if (isName(text)) kinds.push('name on the list')
      for (const kind of kinds) counts[index]?.set(kind, (counts[index]?.get(kind) ?? 0) + 1)
    }
  }
  const rows = step.value
  const findings = counts.flatMap((kinds, index) =>
    [...kinds].map(([kind, values]) => ({
      column: `${schema}.${table}.${columns[index]}`,
      kind,
      values,
      of: rows,
    })),
  )
  return { rows, findings }
}

/** Spellings of one name differ in composed letters, in case and in blanks. */
function nameFinder(names: readonly string[]): (text: string) => boolean {
  const plain = names
    .map((name) => name.normalize('NFKC').trim().replace(/\s+/g, ' '))
    .filter((name) => name !== '')
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll(' ', '\\s+'))
  if (plain.length === 0) return () => false
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${plain.join('|')})(?![\\p{L}\\p{N}])`, 'iu')
  return (text) => pattern.test(text.normalize('NFKC'))
}
