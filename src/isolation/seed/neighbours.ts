import type { Database } from '../../database/database.ts'
import { takenBack } from '../../database/one-transaction.ts'
import { quote } from '../engine/engine.queries.ts'
import { runStatement } from '../engine/trial.queries.ts'
import type { Tenancy } from '../tenancy.ts'
import { insertStatement } from './seed.queries.ts'

/**
 * Keys that a further client could have, and that a careless comparison takes for this one's: in capitals, a part of
 * it, with wildcards. Only where clients are told by a text of theirs, and only those that the registry takes.
 */
export async function neighboursOf(
  db: Database,
  { registry }: Tenancy,
  key: string,
  row: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (registry === undefined) return []
  const column = registry.relation.columns.find(({ name }) => name === registry.column)
  if (column === undefined || column.category !== 'S') return []
  const alike = [key.toUpperCase(), key.slice(1), key.slice(0, -1), key.replaceAll('-', '_'), '%']
  const possible: string[] = []
  for (const each of new Set(alike)) {
    if (each === key) continue
    const values = new Map([...row, [column.name, `${quote(each)}::${column.type}`]])
    const trial = await takenBack(db, (tx) => runStatement(tx, insertStatement(registry.relation, values)))
    if (trial.error === undefined) possible.push(each)
  }
  return possible
}
