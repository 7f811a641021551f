import { sayCount } from '../../base/say-count.ts'
import type { Database } from '../../database/database.ts'
import { bySql, type Check, type Fault } from './check.ts'
import {
  type Breach,
  countClientOwnedTables,
  selectDefaultGrants,
  selectFloorlessTables,
  selectPublicGrants,
  selectStrayGrants,
  selectUnguardedTables,
} from './isolation.queries.ts'

const rowLevelSecurity: Check = {
  id: 'row-level-security',
  group: 'isolation',
  levels: ['error'],
  means: 'A client-owned table, or a partition of one, has row-level security off or not forced',
  why: 'Whoever may read the table reads the rows of every client.',
  mends: 'enable and force it',
  needs: 'schema',
  look: async ({ db }) => ({
    well: `on and forced, ${await sayTables(db)}`,
    faults: (await selectUnguardedTables(db)).map(say('row-level security of')),
  }),
}

const tenantFloor: Check = {
  id: 'tenant-floor',
  group: 'isolation',
  levels: ['error'],
  means: 'A client-owned table lacks the restrictive policy that holds each caller to its own client',
  why: 'One permissive policy too many then shows a client the rows of another.',
  mends: 'put the floor under it',
  needs: 'schema',
  look: async ({ db }) => ({
    well: `under ${await sayTables(db)}`,
    faults: (await selectFloorlessTables(db)).map(say('the tenant floor under')),
  }),
}

const apiGrants: Check = {
  id: 'api-grants',
  group: 'isolation',
  levels: ['error'],
  means:
    'anon, authenticated, service_role or authenticator holds TRUNCATE, TRIGGER, REFERENCES, MAINTAIN, CREATE, or ' +
    'anything in flows_private',
  why: 'No policy governs these rights: TRUNCATE empties every client, TRIGGER runs code in the writes of others.',
  mends: 'revoke it',
  needs: 'schema',
  look: ({ db }) =>
    listed(selectStrayGrants(db), 'roles of the API hold nothing that policies do not govern'),
}

const publicGrants: Check = {
  id: 'public-grants',
  group: 'isolation',
  levels: ['error'],
  means: 'Something in the schemas of flows-db is granted to everybody (PUBLIC)',
  why: 'Every role has it then, also one that is made tomorrow.',
  mends: 'revoke it',
  needs: 'schema',
  look: ({ db }) => listed(selectPublicGrants(db), 'nothing is granted to everybody'),
}

const defaultPrivileges: Check = {
  id: 'default-privileges',
  group: 'isolation',
  levels: ['error'],
  means: 'Default privileges would open new tables, sequences or functions of flows-db to roles of the API',
  why: 'A table made tomorrow is open before anybody thinks of its policies.',
  mends: 'take them back',
  needs: 'schema',
  look: ({ db }) => listed(selectDefaultGrants(db), 'what is made tomorrow is closed'),
}

async function sayTables(db: Database): Promise<string> {
  const { tables } = await countClientOwnedTables(db)
  return sayCount(tables, 'client-owned table')
}

async function listed(breaches: Promise<Breach[]>, well: string) {
  const faults = (await breaches).map(({ object, how, fix }) => ({
    what: `${object}: ${how}`,
    remedy: bySql(fix),
  }))
  return { well, faults }
}

function say(subject: string): (breach: Breach) => Fault {
  return ({ object, how, fix }) => ({ what: `${subject} ${object} ${how}`, remedy: bySql(fix) })
}

/** Checks of what holds clients apart, by the catalogue alone; isolation:prove tries it. */
export const isolationChecks: readonly Check[] = [
  rowLevelSecurity,
  tenantFloor,
  apiGrants,
  publicGrants,
  defaultPrivileges,
]
