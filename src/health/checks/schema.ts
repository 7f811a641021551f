import { schemaDrift } from '../../database/drift/schema-drift.ts'
import type { Fault as MigrationFault } from '../../database/migrate/plan-migrations.ts'
import { byAdvice, byCommand, bySql, type Check, type Fault, type Place } from './check.ts'

const pending: Check = {
  id: 'migrations-pending',
  group: 'schema',
  levels: ['error'],
  means: 'The database lacks migrations of this program',
  why: 'Commands refuse to work on it, and what the migrations mend is not mended.',
  mends: 'migrate:up, or db:init for a new database',
  needs: 'database',
  look: async ({ migrations }) => {
    const status = await migrations()
    if (status.pending.length > 0 && status.pending.length === status.migrations.length) {
      return {
        well: '',
        faults: [{ what: 'The database is not set up for flows-db yet', remedy: byCommand('db:init') }],
      }
    }
    const faults = status.pending.map(({ version, name }) => ({
      what: `Migration ${version}_${name} is pending`,
      remedy: byCommand('migrate:up'),
    }))
    return { well: `all ${status.migrations.length} are applied`, faults }
  },
}

const changed: Check = {
  id: 'migrations-changed',
  group: 'schema',
  levels: ['error'],
  means: 'A migration was edited, renamed, removed or cut off after it was applied, or two have one number',
  why: 'Nobody can say any more how this database came to be, and migrate:up refuses to go on.',
  mends: 'put the file back as it was, or accept it as it is with migrate:repair',
  needs: 'database',
  look: async (place) => {
    const faults = (await faultsOf(place)).filter(({ kind }) => kind !== 'newer')
    return { well: 'every file is as it was when it was applied', faults: faults.map(saidOf) }
  },
}

const newer: Check = {
  id: 'database-newer',
  group: 'schema',
  levels: ['error'],
  means: 'The database has migrations that this program does not know',
  why: 'Commands of this program refuse to work on it.',
  mends: 'update flows-db, or fetch the newest migrations',
  needs: 'database',
  look: async (place) => {
    const faults = (await faultsOf(place)).filter(({ kind }) => kind === 'newer')
    return { well: 'the program knows every migration', faults: faults.map(saidOf) }
  },
}

async function faultsOf({ migrations }: Place): Promise<MigrationFault[]> {
  return (await migrations()).faults
}

function saidOf({ kind, version, message, hint }: MigrationFault): Fault {
  return {
    what: message,
    remedy: kind === 'edited' ? byCommand(`migrate:repair --accept ${version}`) : byAdvice(hint),
  }
}

const drift: Check = {
  id: 'schema-drift',
  group: 'schema',
  levels: ['error', 'warning'],
  means:
    'Something in the schemas of flows-db is missing or is not as schemas/ says, or a policy or grant was added (a ' +
    'warning: a column or constraint was). Tables, functions and indexes of your own are none',
  why: 'What the tests of flows-db prove holds for the schema that they ran on, not for this one.',
  mends: 'the SQL that is given with it; a change that was meant belongs into a migration',
  needs: 'database',
  look: async ({ db, migrations }) => {
    const { pending: waiting, faults: inTheWay } = await migrations()
    if (waiting.length > 0 || inTheWay.length > 0) {
      return { skipped: 'it can be compared once the migrations are in order' }
    }
    const faults = (await schemaDrift(db)).map(({ kind, object, opens, fix }): Fault => {
      const level = kind === 'extra' && !opens ? 'warning' : 'error'
      const how = { missing: 'is missing', changed: 'is not as schemas/ says', extra: 'is not in schemas/' }[
        kind
      ]
      const remedy =
        fix === null
          ? byAdvice('Compare it with schemas/, and bring it back by hand or by a migration.')
          : bySql(fix)
      return { level, what: `${object} ${how}`, remedy }
    })
    return { well: 'the catalogue is what schemas/ says', faults }
  },
}

/** Checks of the schema: how it came to be, and what it is. */
export const schemaChecks: readonly Check[] = [pending, changed, newer, drift]
