import type { Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'

/** A digest of all rows of a client in every client-owned table: one changed, added or lost changes it. */
export async function digestOf(db: Database, clientId: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}
  for (const { schema, table, ownerColumn } of await clientOwnedTables(db)) {
    const { digest } = await db.one<{ digest: string }>(sql`
      select count(*) || ' ' || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest
      from ${identifier(schema, table)} t
      where ${identifier(ownerColumn)} = ${clientId}::uuid`)
    digests[`${schema}.${table}`] = digest
  }
  return digests
}
