import type { Database } from '../../src/database/database.ts'
import type { Sql } from '../../src/database/sql.ts'

/** Something that must hold for everything of its kind in the catalogue: the query names what breaks it, as `fault`. */
export type Rule = { rule: string; faults: Sql }

/** What breaks a rule now, sorted. */
export async function faultsOf(db: Database, { faults }: Rule): Promise<string[]> {
  const rows = await db.many<{ fault: string }>(faults)
  return rows.map(({ fault }) => fault).sort()
}

/** Runs a script in a transaction, gives each rule's faults in the state it leaves, and takes it back. */
export async function faultsAfter(
  db: Database,
  script: string,
  rules: readonly Rule[],
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  const takenBack = new Error('Only to look at')
  const attempt = db.transaction(async (tx) => {
    await tx.script(script)
    for (const rule of rules) found[rule.rule] = await faultsOf(tx, rule)
    throw takenBack
  })
  await attempt.catch((error: unknown) => {
    if (error !== takenBack) throw error
  })
  return found
}
