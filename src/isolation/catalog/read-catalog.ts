import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { toTheLetter } from '../to-the-letter.ts'
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
  const routines = fillAll<Routine>(rest.routines)
  return {
    version,
    prover,
    roles: roles.map((role) => fill<Role>(role)),
    schemas: fillAll(rest.schemas),
    relations: withKeys(fillAll<Relation>(rest.relations), routines),
    routines,
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

/** Tells of each JSON column which keys are looked up in it, so that seeded documents have them. */
function withKeys(relations: readonly Relation[], routines: readonly Routine[]): Relation[] {
  const texts = [
    ...routines.map(({ source }) => source),
    ...relations.flatMap(({ policies }) => policies.map(({ using }) => using ?? '')),
  ].filter((text) => text.includes('->'))
  return relations.map((relation) => ({
    ...relation,
    columns: relation.columns.map((column) => {
      if (column.baseType !== 'json' && column.baseType !== 'jsonb') return column
      const looked = new RegExp(`\\b${toTheLetter(column.name)}"?\\)?\\s*->>?\\s*'([^']+)'`, 'g')
      const keys = texts.flatMap((text) => [...text.matchAll(looked)].map(([, key = '']) => key))
      return keys.length === 0 ? column : { ...column, keys: [...new Set(keys)] }
    }),
  }))
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
