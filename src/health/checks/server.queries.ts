import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** What the server's clock shows. */
export function selectClock(db: Database): Promise<{ clock: Date }> {
  return db.one(sql`select clock_timestamp() as clock`)
}

/** The statement that freezes the table with the oldest row. */
export function selectOldestTable(db: Database): Promise<{ freeze: string }> {
  return db.one(sql`
    select format('vacuum (freeze, verbose) %s;', oid::regclass) as freeze
    from pg_class
    where relkind in ('r', 'm')
    order by greatest(age(relfrozenxid), mxid_age(relminmxid)) desc, relpages desc
    limit 1`)
}
