import { FlowsError } from '../base/errors.ts'
import { type Catalog, nameOf, type Relation } from './catalog/catalog.ts'
import { toTheLetter } from './to-the-letter.ts'

/** A table whose rows belong to clients. */
export type Owned = { relation: Relation; column: string; registry: boolean }

/** How a database tells clients apart. */
export type Tenancy = {
  /** The column that says whose row it is. */
  column: string
  /** Its type. */
  type: string
  /** The table of the clients themselves, if there is one. */
  registry: Owned | undefined
  owned: readonly Owned[]
  /** The table that says who belongs to which client, and its columns. */
  membership: { relation: Relation; user: string } | undefined
}

const usualColumns = [
  'client_id',
  'tenant_id',
  'account_id',
  'organization_id',
  'organisation_id',
  'org_id',
  'team_id',
  'workspace_id',
  'company_id',
  'org',
  'tenant',
  'account',
  'organization',
  'organisation',
  'workspace',
]
const userColumns = ['user_id', 'auth_user_id', 'auth_id', 'member_id', 'profile_id']

/** What the user said about tenancy; everything not said is found in the catalogue. */
export type TenancyOptions = { tenantColumn?: string | undefined; membership?: string | undefined }

/** Finds the client-owned tables, their registry and the table of memberships. */
export function findTenancy(catalog: Catalog, options: TenancyOptions): Tenancy {
  const own = catalog.relations.filter(({ schema }) => schema !== 'auth' && schema !== 'storage')
  const column =
    options.tenantColumn ?? usualColumns.find((name) => own.some((relation) => has(relation, name)))
  const tables = own.filter(({ kind }) => kind === 'r' || kind === 'p' || kind === 'f')
  const held = column === undefined ? [] : tables.filter((relation) => has(relation, column))
  if (column === undefined || held.length === 0) {
    throw new FlowsError(
      'ISOLATION_NO_TABLES',
      `No table here belongs to clients: none has the column ${column ?? usualColumns.join(', ')}`,
      { hint: 'Name the column with --tenant-column, and the schema with --schema.' },
    )
  }
  const registry = findRegistry(catalog, held, column)
  const owned = held
    .filter((relation) => relation !== registry?.relation)
    .map((relation) => ({ relation, column, registry: false }))
  const first = held.find(({ isPartition }) => !isPartition) ?? held[0]
  return {
    column,
    type: first?.columns.find(({ name }) => name === column)?.type ?? 'uuid',
    registry,
    owned: registry === undefined ? owned : [registry, ...owned],
    membership: findMembership(catalog, held, options.membership),
  }
}

function findRegistry(catalog: Catalog, held: readonly Relation[], column: string): Owned | undefined {
  const votes = new Map<string, { count: number; owned: Owned }>()
  for (const { constraints } of held) {
    for (const { kind, columns, target, targetColumns } of constraints) {
      if (kind !== 'f' || columns.length !== 1 || columns[0] !== column) continue
      const relation = catalog.relations.find(({ oid }) => oid === target)
      if (relation === undefined || relation.schema === 'auth') continue
      const vote = votes.get(nameOf(relation)) ?? {
        count: 0,
        owned: { relation, column: targetColumns[0] ?? 'id', registry: true },
      }
      votes.set(nameOf(relation), { ...vote, count: vote.count + 1 })
    }
  }
  return [...votes.values()].sort((a, b) => b.count - a.count)[0]?.owned
}

/** Given as table(user_column, tenant_column), or the client-owned table with a column of users. */
function findMembership(
  catalog: Catalog,
  held: readonly Relation[],
  given: string | undefined,
): Tenancy['membership'] {
  const [, table, user] = /^([\w.]+)\(\s*(\w+)\s*,\s*\w+\s*\)$/.exec(given ?? '') ?? []
  if (given !== undefined && user === undefined) {
    throw new FlowsError('USAGE', `"${given}" is no membership table`, {
      hint: 'Write it as: --membership "schema.table(user_column, tenant_column)"',
    })
  }
  const relations =
    table === undefined ? held : catalog.relations.filter((r) => nameOf(r) === table || r.name === table)
  for (const relation of relations) {
    const column = user ?? signInsOf(catalog, relation)[0]
    const named = /member|user|role|account/i.test(relation.name)
    if (column !== undefined && (named || table !== undefined)) return { relation, user: column }
  }
  return undefined
}

/** The columns of a relation that hold a person's sign-in, by their names, or by what policies compare them with. */
export function userColumnsOf(catalog: Catalog, relation: Relation): string[] {
  const compared = relation.columns.filter(({ name, baseType, default: initial }) => {
    if (baseType !== 'uuid') return false
    const column = toTheLetter(name)
    const own = new RegExp(
      `\\b${column}\\)? = \\(?\\s*(SELECT )?(auth\\.)?uid\\(|\\buid\\(\\)[^=]{0,12}= ${column}\\b`,
    )
    return (
      /\buid\(\)/.test(initial ?? '') ||
      relation.policies.some(({ using, check }) => own.test(`${using} ${check}`))
    )
  })
  return [...new Set([...signInsOf(catalog, relation), ...compared.map(({ name }) => name)])]
}

/** The columns of a relation that hold the id of a sign-in, by their names and keys alone. */
function signInsOf(catalog: Catalog, relation: Relation): string[] {
  const users = catalog.relations.find(({ schema, name }) => schema === 'auth' && name === 'users')?.oid
  const keyed = relation.constraints
    .filter(({ kind, target, columns }) => kind === 'f' && target === users && columns.length === 1)
    .flatMap(({ columns }) => columns)
  const named = relation.columns
    .filter(({ name, baseType }) => baseType === 'uuid' && userColumns.includes(name))
    .map(({ name }) => name)
  return [...new Set([...named, ...keyed])]
}

function has({ columns }: Relation, name: string): boolean {
  return columns.some((column) => column.name === name)
}
