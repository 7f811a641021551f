import { silentTables } from '../silent-tables.ts'
import { bySql, type Check } from './check.ts'

const auditTriggers: Check = {
  id: 'audit-triggers',
  group: 'audit',
  levels: ['error'],
  means: 'A table of flows-db lacks an audit trigger, or a trigger of flows-db is switched off',
  why: 'What happens there leaves no trace, and counts and limits are wrong from then on.',
  mends: 'switch it on, or make it again',
  needs: 'schema',
  look: async ({ db }) => ({
    well: 'every change of every table is recorded',
    faults: (await silentTables(db)).map(({ table, how, fix }) => ({
      what: `${table}: ${how}`,
      remedy: bySql(fix),
    })),
  }),
}

/** Checks of the audit trail. */
export const auditChecks: readonly Check[] = [auditTriggers]
