import type { Database } from '../database/database.ts'
import { identifier, literal, raw, sql } from '../database/sql.ts'
import type { ClientTable } from './client-tables.queries.ts'

/** A unique, primary-key or exclusion constraint that the server checks after the statement, by a trigger. */
export type Deferrable = {
  name: string
  schema: string
  table: string
  /** Columns or expressions of its index, for a statement. */
  keys: readonly string[]
  /** By which operator two rows must not meet, for each key. */
  operators: readonly string[]
  /** Whether nulls are equal, too. */
  nullsMeet: boolean
  /** Which rows it is about; null for all. */
  predicate: string | null
}

/** Every such constraint of the database. */
export function selectDeferrables(db: Database): Promise<Deferrable[]> {
  return db.many(sql`
    select k.conname::text as name, n.nspname::text as schema, c.relname::text as "table",
      array(
        select pg_catalog.pg_get_indexdef(i.indexrelid, place, true)
        from generate_series(1, i.indnkeyatts) place order by place) as keys,
      array(
        select format('operator(%I.%s)', s.nspname, o.oprname)
        from generate_series(1, i.indnkeyatts) place
        join pg_catalog.pg_opclass q on q.oid = i.indclass[place - 1]
        left join pg_catalog.pg_amop e on k.contype <> 'x' and e.amopfamily = q.opcfamily and e.amopstrategy = 3
          and e.amoplefttype = q.opcintype and e.amoprighttype = q.opcintype
        join pg_catalog.pg_operator o on o.oid = coalesce(e.amopopr, k.conexclop[place])
        join pg_catalog.pg_namespace s on s.oid = o.oprnamespace
        order by place) as operators,
      i.indnullsnotdistinct as nulls_meet,
      pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_index i on i.indexrelid = k.conindid
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where k.condeferrable and k.contype in ('p', 'u', 'x') and k.conparentid = 0
    order by n.nspname collate "C", c.relname collate "C", k.conname collate "C"`)
}

/** Whether a row of a client meets any other row in a way that the constraint forbids. */
export async function breaksDeferrable(
  tx: Database,
  { keys, operators, nullsMeet, predicate }: Deferrable,
  { schema, table, ownerColumn }: ClientTable,
  clientId: string,
): Promise<boolean> {
  const values = keys.map((key, index) => `${key} as k${index}`).join(', ')
  const rows = (conditions: readonly string[]) =>
    `select ctid, tableoid, ${values} from ${identifier(schema, table).text} where ${['true', ...conditions].join(' and ')}`
  const about = predicate === null ? [] : [`(${predicate})`]
  const meets = keys.map((_, index) => {
    const met = `a.k${index} ${operators[index]} b.k${index}`
    return nullsMeet ? `(${met} or (a.k${index} is null and b.k${index} is null))` : met
  })
  const own = `${identifier(ownerColumn).text} = ${literal(clientId).text}::uuid`
  const { broken } = await tx.one<{ broken: boolean }>(sql`
    select exists (
      select
      from (${raw(rows([own, ...about]))}) a
      join (${raw(rows(about))}) b on ${raw(meets.join(' and '))}
      where a.ctid <> b.ctid or a.tableoid <> b.tableoid
    ) as broken`)
  return broken
}
