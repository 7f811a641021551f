import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import type { ClientTable } from './client-tables.queries.ts'
import { list } from './copy.queries.ts'
import { stageOf } from './restore.queries.ts'

/** How many rows are no longer there, and how many are there otherwise. */
export type Differences = { gone: number; changed: number }

/** Remembers which rows a client has in a table, by their keys and a hash of all they hold, until the transaction ends. */
export async function rememberRows(
  tx: Database,
  { schema, table, ownerColumn, primaryKey }: ClientTable,
  name: string,
  clientId: string,
): Promise<void> {
  const keys = primaryKey.map((column) => `${identifier(column).text}, `).join('')
  await tx.run(sql`
    create temporary table ${identifier(name)} on commit drop as
    select ${raw(keys)} hashtextextended(t::text, 0) as whole_row_hash
    from ${identifier(schema, table)} t
    where ${identifier(ownerColumn)} = ${literal(clientId)}::uuid`)
}

/** Compares what was remembered with what is there now; without a key a row that changed is one that is gone. */
export async function compareRows(
  tx: Database,
  { schema, table, ownerColumn, primaryKey }: ClientTable,
  name: string,
  clientId: string,
): Promise<Differences> {
  const present = sql`
    select ${raw(primaryKey.map((column) => `${identifier(column).text}, `).join(''))}
      hashtextextended(t::text, 0) as whole_row_hash
    from ${identifier(schema, table)} t
    where ${identifier(ownerColumn)} = ${clientId}::uuid`
  if (primaryKey.length > 0) {
    return tx.one(sql`
      select count(*) filter (where p.whole_row_hash is null) as gone,
        count(*) filter (where p.whole_row_hash <> f.whole_row_hash) as changed
      from ${stageOf(name)} f
      left join (${present}) p using (${raw(list(primaryKey))})`)
  }
  return tx.one(sql`
    select count(*) as gone, 0 as changed
    from (select whole_row_hash from ${stageOf(name)} except all (${present})) f`)
}
