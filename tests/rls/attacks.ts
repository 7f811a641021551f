import type { Database } from '../../src/database/database.ts'
import { sqlState } from '../../src/database/failures.ts'
import { identifier, type Sql, sql } from '../../src/database/sql.ts'
import { type ClientOwnedTable, clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import type { Seeded } from './seed.ts'

/** One attempt upon a client's rows: what it is, and the rows that it must not reach. */
type Attack = { name: string; statement: Sql }

/**
 * What became of an attack: refused by the database, nothing (no row), or LEAK. Anything else is the SQLSTATE
 * of an error that proves nothing.
 */
export type Outcome = { table: string; attack: string; outcome: string }

/** Attempts to see rows of the victim; each statement returns only what it must not. */
function readings(table: ClientOwnedTable, victim: Seeded): Attack[] {
  const name = identifier(table.schema, table.table)
  const whose = identifier(table.ownerColumn)
  return [
    {
      name: 'select by key',
      statement: sql`select ${whose} from ${name} where ${whose} = ${victim.clientId}`,
    },
    {
      name: 'select unfiltered',
      statement: sql`select * from (select ${whose} as whose from ${name}) t where whose::text = ${victim.clientId}`,
    },
    {
      name: 'copy of a row',
      statement: sql`select t::text from ${name} t where t::text like ${`%${victim.clientId}%`}`,
    },
  ]
}

/** Attempts to change rows of the victim, or to make any; each statement returns what it touched. */
function writings(table: ClientOwnedTable, columns: readonly string[], victim: Seeded): Attack[] {
  const name = identifier(table.schema, table.table)
  const whose = identifier(table.ownerColumn)
  const row = victim.rows.get(`${table.schema}.${table.table}`) ?? {}
  const copy = JSON.stringify({ ...row, id: crypto.randomUUID() })
  return [
    {
      name: 'insert as victim',
      statement: sql`insert into ${name} select (jsonb_populate_record(null::${name}, ${copy})).*`,
    },
    {
      name: 'insert as victim if new',
      statement: sql`
        insert into ${name} select (jsonb_populate_record(null::${name}, ${JSON.stringify(row)})).* on conflict do nothing`,
    },
    {
      name: 'move by key',
      statement: sql`update ${name} set ${whose} = ${victim.clientId} where ${whose} <> ${victim.clientId}`,
    },
    { name: 'move blindly', statement: sql`update ${name} set ${whose} = ${victim.clientId}` },
    { name: 'delete by key', statement: sql`delete from ${name} where ${whose} = ${victim.clientId}` },
    {
      name: 'lock',
      statement: sql`select ${whose} from ${name} where ${whose} = ${victim.clientId} for update`,
    },
    { name: 'truncate', statement: sql`truncate ${name} cascade` },
    ...columns.map((column) => ({
      name: `update ${column} by key`,
      statement: sql`
        update ${name} set ${identifier(column)} = (jsonb_populate_record(null::${name}, ${copy})).${identifier(column)}
        where ${whose} = ${victim.clientId}`,
    })),
  ]
}

/** Attempts that may rightly touch the attacker's own rows: what they did to the victim, its digest tells. */
function blindWritings(table: ClientOwnedTable, columns: readonly string[], victim: Seeded): Attack[] {
  const name = identifier(table.schema, table.table)
  const row = JSON.stringify(victim.rows.get(`${table.schema}.${table.table}`) ?? {})
  return [
    { name: 'delete blindly', statement: sql`delete from ${name}` },
    ...columns.map((column) => ({
      name: `update ${column} blindly`,
      statement: sql`update ${name} set ${identifier(column)} = (jsonb_populate_record(null::${name}, ${row})).${identifier(column)}`,
    })),
  ]
}

/** Which attempts are made, and whether touching rows in a blind one is a leak by itself (the attacker has none). */
export type Campaign = {
  kind: 'read' | 'write'
  ownsNothing: boolean
  columns: ReadonlyMap<string, string[]>
}

/** The columns of every client-owned table, by its name. */
export async function columnsOf(db: Database): Promise<Map<string, string[]>> {
  const rows = await db.many<{ name: string; columns: string[] }>(sql`
    select format('%s.%s', n.nspname, c.relname) as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p')
    group by 1`)
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

/** Makes every attempt upon the victim's rows in every client-owned table, as whoever the transaction is. */
export async function attackAll(tx: Database, victim: Seeded, campaign: Campaign): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const table of await clientOwnedTables(tx)) {
    const key = `${table.schema}.${table.table}`
    const columns = campaign.columns.get(key) ?? []
    const attacks = campaign.kind === 'read' ? readings(table, victim) : writings(table, columns, victim)
    const blind = campaign.kind === 'read' ? [] : blindWritings(table, columns, victim)
    for (const attack of attacks) {
      outcomes.push({ table: key, attack: attack.name, outcome: await attempt(tx, attack, victim, true) })
    }
    for (const attack of blind) {
      const outcome = await attempt(tx, attack, victim, campaign.ownsNothing)
      outcomes.push({ table: key, attack: attack.name, outcome })
    }
  }
  return outcomes
}

async function attempt(
  tx: Database,
  attack: Attack,
  victim: Seeded,
  touchingIsLeak: boolean,
): Promise<string> {
  try {
    const touched = await tx.transaction((nested) => nested.run(attack.statement))
    return touched > 0 && touchingIsLeak ? `LEAK of ${touched}` : 'nothing'
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    const {
      message = '',
      detail = '',
      hint = '',
    } = cause as { message?: string; detail?: string; hint?: string }
    if ([message, detail, hint].some((text) => text.includes(victim.mark))) return 'LEAK in the error'
    const state = sqlState(cause) ?? 'no SQLSTATE'
    return state === '42501' ? 'refused' : `${state} ${message}`
  }
}

/** The outcomes that are neither refusals nor empty. */
export function troubles(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.filter(({ outcome }) => outcome !== 'refused' && outcome !== 'nothing')
}
