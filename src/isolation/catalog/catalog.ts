/** A role of the server, as far as isolation is concerned. */
export type Role = {
  name: string
  superuser: boolean
  bypass: boolean
  login: boolean
  createRole: boolean
  replication: boolean
  /** Whether it may make temporary tables. */
  temporary: boolean
  /** Roles whose rights it has without doing anything. */
  inherits: readonly string[]
  /** Roles it may become by SET ROLE. */
  becomes: readonly string[]
}

/** A column, with what a seeder must know to fill it. */
export type Column = {
  name: string
  number: number
  /** As a cast needs it: `character varying(50)`. */
  type: string
  /** The type beneath a domain, without its length. */
  baseType: string
  /** pg_type.typcategory of the base type: S text, N number, D date and time, B boolean, E enum, A array, U other. */
  category: string
  notNull: boolean
  hasDefault: boolean
  default: string | null
  generated: boolean
  identity: '' | 'a' | 'd'
  /** Most characters, where the type says so. */
  length: number | null
  /** The labels of an enum, or of the enum an array is made of. */
  labels: readonly string[] | null
  /** Of a JSON document: the keys that policies and functions look up in it. */
  keys?: readonly string[]
  /** The CHECKs of its domain, by name. */
  domainChecks: readonly { name: string; definition: string }[] | null
}

/** What a role may do with a relation: table privileges, and those of single columns. */
export type Grant = {
  role: string
  privileges: readonly Privilege[]
  columns: Readonly<Record<'SELECT' | 'INSERT' | 'UPDATE' | 'REFERENCES', readonly string[]>>
}

/** A privilege on a relation. */
export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'REFERENCES' | 'TRIGGER'

/** A row-level security policy; roles are names, `public` for everyone. */
export type Policy = {
  name: string
  permissive: boolean
  verb: 'ALL' | 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'
  roles: readonly string[]
  using: string | null
  check: string | null
}

/** A constraint of a table. */
export type Constraint = {
  name: string
  kind: 'p' | 'u' | 'f' | 'c' | 'x'
  columns: readonly string[]
  definition: string
  /** Of a foreign key: the table it leads to. */
  target: number | null
  targetColumns: readonly string[]
  /** Of a foreign key: what becomes of the row when its target goes: a, r, c (cascade), n (set null), d. */
  onDelete: string
  deferrable: boolean
}

/** An index; a key that is an expression has no column. */
export type Index = {
  name: string
  method: string
  unique: boolean
  primary: boolean
  predicate: string | null
  /** Whether an index cond on this key survives below the security barrier: its operators are leakproof. */
  keys: readonly { column: string | null; expression: string; leakproof: boolean; operators: string }[]
}

/** A trigger and the function it calls. */
export type Trigger = { name: string; function: string; source: string }

/** Something rows can be read from: table, partitioned table, view, materialized view or foreign table. */
export type Relation = {
  oid: number
  schema: string
  name: string
  kind: 'r' | 'p' | 'v' | 'm' | 'f'
  owner: string
  rowSecurity: boolean
  forced: boolean
  /** Parents of a partition or of an inheriting table. */
  parents: readonly number[]
  isPartition: boolean
  /** Of a partition: FOR VALUES ..., and the columns that decide. */
  bound: string | null
  partitionColumns: readonly string[]
  options: readonly string[]
  /** The planner's estimate of its rows; -1 if it was never counted. */
  rows: number
  replicaIdentity: string
  /** Verbs that a view passes on, by itself or by rules and triggers. */
  writable: readonly ('INSERT' | 'UPDATE' | 'DELETE')[]
  /** Relations that a view reads. */
  reads: readonly number[]
  rules: readonly string[]
  columns: readonly Column[]
  /** Columns that an UPDATE may set, of a view. */
  updatableColumns: readonly string[]
  grants: readonly Grant[]
  policies: readonly Policy[]
  constraints: readonly Constraint[]
  indexes: readonly Index[]
  triggers: readonly Trigger[]
  publications: readonly string[]
}

/** A function or procedure. */
export type Routine = {
  oid: number
  schema: string
  name: string
  kind: 'f' | 'p'
  /** Names and types of what goes in; names may be empty. */
  arguments: readonly {
    name: string
    type: string
    baseType: string
    category: string
    optional: boolean
    variadic: boolean
  }[]
  returns: string
  owner: string
  definer: boolean
  leakproof: boolean
  volatility: 'i' | 's' | 'v'
  settings: readonly string[]
  language: string
  source: string
  isTrigger: boolean
  /** Roles that may call it. */
  callers: readonly string[]
}

/** A sequence and who has which right on it. */
export type Sequence = {
  schema: string
  name: string
  /** The column it belongs to, as schema.table.column. */
  ownedBy: string | null
  /** The relation of that column. */
  relation: number | null
  grants: readonly { role: string; privileges: readonly ('SELECT' | 'USAGE' | 'UPDATE')[] }[]
}

/** What new objects of a role will be granted to others; schema null means everywhere. */
export type DefaultGrant = {
  owner: string
  schema: string | null
  kind: 'r' | 'S' | 'f' | 'n' | 'T'
  grantee: string
  privileges: readonly string[]
}

/** Everything that pg_catalog says and the prover needs, read once. */
export type Catalog = {
  version: number
  prover: string
  roles: readonly Role[]
  schemas: readonly { name: string; usage: readonly string[]; create: readonly string[] }[]
  relations: readonly Relation[]
  routines: readonly Routine[]
  sequences: readonly Sequence[]
  defaultGrants: readonly DefaultGrant[]
  largeObjects: readonly { oid: number; role: string; privileges: readonly string[] }[]
}

/** A relation's name as a person reads it. */
export function nameOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`
}

/** The grant of a role on a relation; one without any right where there is none. */
export function grantOf(relation: Relation, role: string): Grant {
  return (
    relation.grants.find((grant) => grant.role === role) ?? {
      role,
      privileges: [],
      columns: { SELECT: [], INSERT: [], UPDATE: [], REFERENCES: [] },
    }
  )
}

/** Whether a role may use a verb on a relation at all, on the whole of it or on a column. */
export function may(relation: Relation, role: string, privilege: Privilege): boolean {
  const { privileges, columns } = grantOf(relation, role)
  if (privileges.includes(privilege)) return true
  return privilege in columns && columns[privilege as keyof typeof columns].length > 0
}

/** Whether PostgREST's platform grants every right on a relation by itself, so that grants say nothing. */
export function isPlatform({ schema }: Relation): boolean {
  return schema === 'storage' || schema === 'auth'
}
