import type { Database } from '../../src/database/database.ts'
import { identifier, literal, sql } from '../../src/database/sql.ts'
import { becomeCaller, canary, takingBack, tenants } from './plant.ts'

/** Who looks: a role, with the claims of a member of the first tenant or none. */
export const lookers = [
  { role: 'anon', claims: '{"role":"anon"}' },
  { role: 'authenticated', claims: '' },
  ...['member', 'admin'].map((role) => ({
    role: 'authenticated',
    claims: JSON.stringify({
      sub: tenants.user_a,
      role: 'authenticated',
      org: 'acme',
      app_metadata: { client_id: tenants.a, client_role: role, org_id: 1 },
    }),
  })),
]

/** The relations in which this caller sees a text in some column it may read; leaves no trace. */
export async function relationsShowing(
  db: Database,
  text: string,
  { role, claims }: { role: string; claims: string },
): Promise<string[]> {
  const readable = await db.many<{ relation: string; columns: string[] }>(sql`
    select c.oid::regclass::text as relation, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and c.relnamespace::regnamespace::text in ('flows', 'app', 'crm', 'desk', 'bill', 'storage')
      and has_column_privilege(${role}, c.oid, a.attnum, 'select')
    group by c.oid
    order by 1`)
  return takingBack(db, async (tx) => {
    await becomeCaller(tx, role, claims)
    const showing: string[] = []
    for (const { relation, columns } of readable) {
      const list = columns.map((column) => identifier(column).text).join(', ')
      const pattern = literal(`%${text}%`).text
      const rows = await tx.many({
        text: `select from ${relation} where row(${list})::text like ${pattern} limit 1`,
        values: [],
      })
      if (rows.length > 0) showing.push(relation)
    }
    return showing
  })
}

/** The texts by which rows of the second tenant are known. */
export const textsOfB = [canary, tenants.b]
