import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { selectCatalog, selectRoles } from './catalog.queries.ts'
import type { Catalog, Relation, Role, Routine, Sequence } from './catalog.ts'

/**
 * Reads the catalogue in two statements; `schemas` undefined means all but the server's and the platform's own.
 * Throws ISOLATION_ROLE_UNFIT if the connected role does not pass row-level security.
 */
export async function readCatalog(db: Database, schemas: readonly string[] | undefined): Promise<Catalog> {
  const { version, prover, roles } = await selectRoles(db)
  checkProver(roles, prover)
  const rest = await selectCatalog(
    db,
    schemas ?? null,
    roles.map(({ name }) => name),
  )
  return {
    version,
    prover,
    roles: roles.map((role) => fill<Role>(role)),
    schemas: fillAll(rest.schemas),
    relations: fillAll<Relation>(rest.relations),
    routines: fillAll<Routine>(rest.routines),
    sequences: fillAll<Sequence>(rest.sequences),
    defaultGrants: fillAll(rest.defaultGrants),
    largeObjects: fillAll(rest.largeObjects),
  }
}

function checkProver(roles: readonly Role[], prover: string): void {
  const role = roles.find(({ name }) => name === prover)
  if (role?.superuser || role?.bypass) return
  throw new FlowsError(
    'ISOLATION_ROLE_UNFIT',
    `The connected role ${prover} is itself held by row-level security, so it cannot see whether rows of another client changed`,
    { hint: 'Connect as the role that ran the migrations (it has BYPASSRLS), or as a superuser.' },
  )
}

const lists = ['columns', 'grants', 'policies', 'constraints', 'indexes', 'triggers', 'arguments', 'keys']

/** jsonb_agg gives null where an empty list is meant. */
function fill<Thing extends object>(thing: Thing): Thing {
  return Object.fromEntries(
    Object.entries(thing).map(([key, value]) => [key, value === null && lists.includes(key) ? [] : value]),
  ) as Thing
}

function fillAll<Thing extends object>(things: readonly Thing[] | null): Thing[] {
  return (things ?? []).map(fill)
}
