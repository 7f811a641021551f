import type { Database } from '../database.ts'
import { presentSchema, readExpectedSchema } from './expected-schema.ts'
import { type Described, describeLine, drops, makes } from './fixes.ts'

const apiRoles = ['anon', 'authenticated', 'service_role', 'authenticator']

/** One way in which a database is not what schemas/ says. */
export type Drift = {
  kind: 'missing' | 'changed' | 'extra'
  /** What it is, such as "policy invitations_floor on flows.invitations". */
  object: string
  /** Whether it opens something: a policy, a grant, a trigger or a rule that nobody wrote into schemas/. */
  opens: boolean
  /** SQL for the owner of the schemas, where some is safe. */
  fix: string | null
}

/**
 * Compares what a database has of flows-db with what schemas/ says. Tables, functions and indexes of the user's own are
 * no drift; what they add to tables of flows-db is.
 */
export async function schemaDrift(db: Database): Promise<Drift[]> {
  return compareSchemas(await readExpectedSchema(), await presentSchema(db))
}

/** Compares two lists of lines of the fingerprint. */
export function compareSchemas(expected: readonly string[], present: readonly string[]): Drift[] {
  const wanted = described(expected)
  const found = described(present)
  const own = new Set([...wanted.values()].map(({ kind, name }) => (kind === 'relation' ? name : '')))
  const constraints = new Set(
    [...wanted.values()].map((line) => (line.kind === 'constraint' ? line.name : '')),
  )
  const lost: Drift[] = [...wanted]
    // The index of a constraint is told with the constraint.
    .filter(([, line]) => !(line.kind === 'index' && constraints.has(line.name)))
    // What a missing table had is missing with it.
    .filter(([, line]) => line.table === null || found.has(`relation ${line.table}`) || !own.has(line.table))
    .filter(([, line]) => !isAskedElsewhere(line))
    .flatMap(([object, line]): Drift[] => {
      const other = found.get(object)
      if (other !== undefined && comparable(other) === comparable(line)) return []
      const fix = makes(line, other, wanted.get(`relation ${line.name}`)) ?? null
      return [{ kind: other === undefined ? 'missing' : 'changed', object, opens: false, fix }]
    })
  const added: Drift[] = [...found]
    .filter(([object, line]) => !wanted.has(object) && isOnOurs(line, own, wanted) && !isAskedElsewhere(line))
    .map(([object, line]) => ({
      kind: 'extra',
      object,
      opens: ['policy', 'grant', 'trigger', 'rule'].includes(line.kind),
      fix: drops(line) ?? null,
    }))
  return [...lost, ...added]
}

function described(lines: readonly string[]): Map<string, Described> {
  return new Map(
    lines.map(describeLine).map((line) => {
      const on = line.table === null ? '' : ` on ${line.table}`
      return [line.kind === 'grant' ? line.name : `${line.kind} ${line.name}${on}`, line] as const
    }),
  )
}

/** What the health check asks by itself: audit triggers, tenant floors, and rights that no policy governs. */
function isAskedElsewhere({ kind, name, table, text }: Described): boolean {
  if (kind === 'trigger') return text.includes(' EXECUTE FUNCTION flows_private.audit_')
  if (kind === 'policy') return name.endsWith('_floor') && table?.startsWith('storage.') === false
  if (kind !== 'grant') return false
  const [, privilege = '', object = '', role = ''] = /^grant (\w+) on (.+) to (\S+)/.exec(name) ?? []
  if (role === 'public') return true
  const isOpenDoor = /^(truncate|trigger|references|maintain|create)$/.test(privilege)
  return apiRoles.includes(role) && (isOpenDoor || /\bflows_private\b/.test(object))
}

/** A line without what other checks look at, and what PostgreSQL 15 writes otherwise than 16. */
function comparable({ kind, text }: Described): string {
  if (kind === 'view') return text.replace(/\b(?!flows)\w+\.(?=\w)/g, '').replace(/\s+/g, ' ')
  if (kind === 'relation') return text.replace(/ rls (enabled|forced)/g, '')
  if (kind === 'trigger') return text.replace(/ enabled \w$/, '')
  return text
}

function isOnOurs(
  line: Described,
  own: ReadonlySet<string>,
  wanted: ReadonlyMap<string, Described>,
): boolean {
  const { kind, name, table } = line
  if (kind === 'grant') {
    const object = / on (?:column )?(.+) to \S+$/.exec(name.replace(/ with grant option$/, ''))?.[1] ?? ''
    const relation = name.includes(' on column ') ? object.replace(/\.[^.]+$/, '') : object
    return own.has(relation) || wanted.has(object)
  }
  return (
    ['column', 'constraint', 'policy', 'trigger', 'rule'].includes(kind) && table !== null && own.has(table)
  )
}
