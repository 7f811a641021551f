import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'

/** A column as the seeder sees it. */
export type Column = { name: string; type: string; required: boolean }

/** A check constraint: what it asks, of which columns. */
export type Check = { name: string; text: string; columns: string[] }

/** A foreign key: which columns must repeat which of the parent. */
export type Reference = {
  parent: { schema: string; table: string }
  columns: string[]
  parentColumns: string[]
}

/** What the catalogue says one must give a table to be let in. */
export type TableShape = { columns: Column[]; checks: Check[]; references: Reference[] }

/** Reads a table's columns that can be written, its checks and its foreign keys. */
export async function readShape(db: Database, schema: string, table: string): Promise<TableShape> {
  const name = `"${schema}"."${table}"`
  const columns = await db.many<Column>(sql`
    select a.attname::text as name, format_type(a.atttypid, null) as type,
      a.attnotnull and not a.atthasdef and a.attidentity = '' as required
    from pg_attribute a
    where a.attrelid = ${name}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by a.attnum`)
  const checks = await db.many<Check>(sql`
    select k.conname::text as name, pg_get_constraintdef(k.oid) as text,
      array(select a.attname::text from pg_attribute a
        where a.attrelid = k.conrelid and a.attnum = any (k.conkey)) as columns
    from pg_constraint k
    where k.conrelid = ${name}::regclass and k.contype = 'c'`)
  const references = await db.many<Reference>(sql`
    select jsonb_build_object('schema', n.nspname, 'table', p.relname) as parent,
      array(select a.attname::text from unnest(k.conkey) with ordinality as key (number, place)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number order by place) as columns,
      array(select a.attname::text from unnest(k.confkey) with ordinality as key (number, place)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.number order by place) as parent_columns
    from pg_constraint k
    join pg_class p on p.oid = k.confrelid
    join pg_namespace n on n.oid = p.relnamespace
    where k.conrelid = ${name}::regclass and k.contype = 'f'`)
  return { columns, checks, references }
}

/** Values worth trying for a column, the likeliest first (undefined: leave it out); texts carry the client's mark where the checks let them. */
export function candidates(
  { name, type, required }: Column,
  checks: readonly Check[],
  mark: string,
): unknown[] {
  const values = valuesOf({ name, type }, checks, mark)
  if (!required) return [undefined, ...values]
  if (values.length === 0) throw new Error(`The seeder knows no value of type ${type} for the column ${name}`)
  return values
}

function valuesOf(
  { name, type }: Omit<Column, 'required'>,
  checks: readonly Check[],
  mark: string,
): unknown[] {
  switch (type) {
    case 'uuid':
      return [crypto.randomUUID()]
    case 'text':
      return [
        mark,
        ...checks.filter(({ columns }) => columns.includes(name)).flatMap(literals),
        `${mark}.example`,
      ]
    case 'integer':
    case 'bigint':
      return [1, 100, 0]
    case 'boolean':
      return [false, true]
    case 'timestamp with time zone':
      return ['tomorrow', 'yesterday']
    case 'date':
      return ['today']
    case 'bytea':
      return [32, 16, 12].map((length) => `\\x${'ab'.repeat(length)}`)
    case 'jsonb':
      return [{}, []]
    case 'text[]':
    case 'uuid[]':
      return [[]]
    default:
      return []
  }
}

/** The quoted texts of a check: where a column may only have certain values, they stand there. */
function literals({ text }: Check): string[] {
  return [...text.matchAll(/'([^']*)'/g)].map(([, literal = '']) => literal)
}
