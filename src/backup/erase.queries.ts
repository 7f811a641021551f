import { copyOut } from '../database/copy.ts'
import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import type { ClientTable, Reference } from './client-tables.queries.ts'
import { list, orderOf } from './copy.queries.ts'
import type { BackupTable } from './header.ts'

/**
 * Deletes the rows of one owner and streams what was deleted, as COPY text in the order of a backup. One statement, so
 * that nothing can come between looking and deleting.
 */
export function copyRowsAway(
  tx: Database,
  backupTable: BackupTable,
  owner: string,
  textColumns: readonly string[],
): AsyncGenerator<Buffer, number> {
  const { schema, table, columns } = backupTable
  const [ownerColumn = ''] = columns
  return copyOut(
    tx,
    sql`
      copy (
        with gone as (
          delete from ${identifier(schema, table)}
          where ${identifier(ownerColumn)} = ${literal(owner)}
          returning ${raw(list(columns))}
        )
        select ${raw(list(columns))} from gone order by ${raw(orderOf(backupTable, textColumns))}
      ) to stdout`,
  )
}

/** Deletes the rows of one client; gives how many. */
export function deleteRowsOf(tx: Database, table: ClientTable, clientId: string): Promise<number> {
  return tx.run(sql`
    delete from ${identifier(table.schema, table.table)} where ${identifier(table.ownerColumn)} = ${clientId}::uuid`)
}

/** Keeps everybody from referring to the rows of a client, until the transaction ends. */
export async function lockRows(tx: Database, table: ClientTable, clientId: string): Promise<void> {
  await tx.run(sql`
    select count(*)
    from (
      select from ${identifier(table.schema, table.table)}
      where ${identifier(table.ownerColumn)} = ${clientId}::uuid
      for update
    ) held`)
}

/** Whether rows that are not the client's refer to rows of a table that are. */
export async function isReferredTo(
  tx: Database,
  parent: ClientTable,
  { schema, table, columns, toColumns }: Reference,
  clientId: string,
  child: ClientTable | undefined,
): Promise<boolean> {
  const equal = columns.map(
    (name, index) => `c.${identifier(name).text} = p.${identifier(toColumns[index] ?? '').text}`,
  )
  const ofOthers =
    child === undefined
      ? sql`true`
      : sql`c.${identifier(child.ownerColumn)} is distinct from ${clientId}::uuid`
  const { found } = await tx.one<{ found: boolean }>(sql`
    select exists (
      select
      from ${identifier(parent.schema, parent.table)} p
      join ${identifier(schema, table)} c on ${raw(equal.join(' and '))}
      where p.${identifier(parent.ownerColumn)} = ${clientId}::uuid and ${ofOthers}
    ) as found`)
  return found
}
