import pg from 'pg'

const { builtins, getTypeParser } = pg.types

function exactInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError('A bigint from the database exceeds 2^53')
  return number
}

/** The driver's type parsers with one change: bigint is a number, and an error above 2^53. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === builtins.INT8 && format !== 'binary'
      ? exactInteger
      : getTypeParser(oid, format)) as typeof getTypeParser,
}

/** The key under which a column is read: client_code becomes clientCode. */
export function columnKey(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Turns rows given as arrays into objects with camelCase keys. */
export function toObjects<Row>(columns: readonly { name: string }[], rows: readonly unknown[][]): Row[] {
  const keys = columns.map((column) => columnKey(column.name))
  return rows.map((values) => Object.fromEntries(keys.map((key, index) => [key, values[index]])) as Row)
}
