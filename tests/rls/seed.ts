import type { Database } from '../../src/database/database.ts'
import { brokenConstraint } from '../../src/database/failures.ts'
import { identifier, raw, sql } from '../../src/database/sql.ts'
import { type ClientOwnedTable, clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { candidates, readShape, type TableShape } from './seed-columns.ts'

/** A row as JSON, by column name. */
export type Row = Record<string, unknown>

/** A client with a row in every client-owned table. */
export type Seeded = {
  clientId: string
  /** A text that stands in its rows wherever it can, and in no row of another client. */
  mark: string
  /** The user who is its member. */
  userId: string
  /** Its rows by table name, such as "flows.invitations". */
  rows: Map<string, Row>
}

/**
 * Makes a client and one row of it in every client-owned table of the catalogue, with what each table asks:
 * required columns, foreign keys, checks. Throws, naming the table, where it finds no values that are let in.
 */
export async function seedClient(db: Database, mark: string): Promise<Seeded> {
  const rows = new Map<string, Row>()
  const tables = await clientOwnedTables(db)
  const registry = await seedRow(db, { schema: 'flows', table: 'clients' }, { mark, rows, tables })
  const clientId = String(registry.id)
  for (const table of tables) await seedRow(db, table, { mark, rows, tables, clientId })
  return { clientId, mark, userId: String(rows.get('flows.client_members')?.user_id), rows }
}

type Place = { schema: string; table: string }
type Seeding = { mark: string; rows: Map<string, Row>; tables: ClientOwnedTable[]; clientId?: string }

async function seedRow(db: Database, place: Place, seeding: Seeding): Promise<Row> {
  const key = `${place.schema}.${place.table}`
  const known = seeding.rows.get(key)
  if (known !== undefined) return known
  const shape = await readShape(db, place.schema, place.table)
  const given = await inherited(db, shape, seeding)
  const row = await insertFitting(db, place, shape, given, seeding.mark)
  seeding.rows.set(key, row)
  return row
}

/** The columns whose values follow from the client and from rows that must be there before. */
async function inherited(db: Database, shape: TableShape, seeding: Seeding): Promise<Row> {
  const given: Row = {}
  const required = shape.columns.filter((column) => column.required).map(({ name }) => name)
  if (required.includes('client_id')) given.client_id = seeding.clientId
  for (const { parent, columns, parentColumns } of shape.references) {
    if (!columns.some((column) => required.includes(column) && column !== 'client_id')) continue
    const row = await seedRow(db, parent, seeding)
    columns.forEach((column, index) => {
      given[column] = row[parentColumns[index] ?? '']
    })
  }
  return given
}

/** Inserts, and where a check refuses, tries the next combination of the values that this check speaks of. */
async function insertFitting(
  db: Database,
  place: Place,
  shape: TableShape,
  given: Row,
  mark: string,
): Promise<Row> {
  const choices = shape.columns
    .filter(({ name }) => !(name in given))
    .map((column) => ({ name: column.name, at: 0, values: candidates(column, shape.checks, mark) }))
  for (;;) {
    const chosen = choices.map(({ name, at, values }) => [name, values[at]] as const)
    const row = { ...Object.fromEntries(chosen.filter(([, value]) => value !== undefined)), ...given }
    try {
      return await db.transaction((tx) => insertRow(tx, place, row))
    } catch (error) {
      const check = shape.checks.find(({ name }) => name === brokenConstraint(error))
      const concerned = choices.filter(({ name }) => check?.columns.includes(name))
      if (!advance(concerned))
        throw new Error(`No row could be made in ${place.schema}.${place.table}`, { cause: error })
    }
  }
}

/** Turns the choices on by one, like a counter; false when all combinations have been had. */
function advance(choices: { at: number; values: unknown[] }[]): boolean {
  for (const choice of choices) {
    choice.at = (choice.at + 1) % choice.values.length
    if (choice.at > 0) return true
  }
  return false
}

/** Inserts a row given as JSON by column name, and gives it back as it then stands. */
export async function insertRow(db: Database, { schema, table }: Place, row: Row): Promise<Row> {
  const target = identifier(schema, table)
  const columns = raw(
    Object.keys(row)
      .map((column) => identifier(column).text)
      .join(', '),
  )
  const { inserted } = await db.one<{ inserted: Row }>(sql`
    insert into ${target} as t (${columns})
    select ${columns} from jsonb_populate_record(null::${target}, ${JSON.stringify(row)})
    returning to_jsonb(t) as inserted`)
  return inserted
}
