import { type Catalog, grantOf, isPlatform, nameOf, type Policy, type Relation } from './catalog/catalog.ts'
import type { Proof } from './isolation-report.ts'
import { toTheLetter } from './to-the-letter.ts'
import type { World } from './world.ts'

/**
 * For each client-owned table and each attacking role, whether isolation holds by construction: no grant at all,
 * or the canonical restrictive floor on every verb, on a column that is never null, with rights that policies hold.
 */
export function proofsOf(world: World): Proof[] {
  const roles = [...new Set(world.attackers.map(({ role }) => role))]
  return world.targets
    .filter(({ owner, relation }) => owner !== null && !isPlatform(relation))
    .flatMap(({ relation, owner }) =>
      roles.map((role) => prove(world.catalog, relation, owner?.column ?? '', role)),
    )
}

function prove(catalog: Catalog, relation: Relation, column: string, role: string): Proof {
  const proof = (by: Proof['by'], why: string): Proof => ({ relation: nameOf(relation), role, by, why })
  const { privileges, columns } = grantOf(relation, role)
  if (privileges.length === 0 && Object.values(columns).every((list) => list.length === 0)) {
    return proof('no grants', `${role} has no right on it`)
  }
  const known = catalog.roles.find(({ name }) => name === role)
  if (known?.bypass || known?.superuser) return proof(null, `${role} passes row-level security`)
  if (relation.owner === role && !relation.forced) return proof(null, `${role} owns it, and it is not forced`)
  if (!relation.rowSecurity) return proof(null, 'row-level security is off')
  const stray = privileges.filter((privilege) => ['TRUNCATE', 'TRIGGER', 'REFERENCES'].includes(privilege))
  if (stray.length > 0) return proof(null, `${role} has ${stray.join(', ')}, which no policy holds`)
  if (relation.columns.find(({ name }) => name === column)?.notNull !== true)
    return proof(null, `${column} may be null`)
  const floor = relation.policies.find((policy) => isFloor(policy, column, role, known?.inherits ?? []))
  return floor === undefined
    ? proof(null, 'no restrictive policy of the canonical form serves this role on every verb')
    : proof('floor', `${floor.name}: ${floor.using}`)
}

/** Whether a policy is `column = (select f())`, restrictive, for every verb, in both directions. */
export function isFloor(
  policy: Policy,
  column: string,
  role: string,
  inherited: readonly string[] = [],
): boolean {
  const serves = policy.roles.some((each) => each === 'public' || each === role || inherited.includes(each))
  const { using, check } = policy
  return (
    !policy.permissive &&
    policy.verb === 'ALL' &&
    serves &&
    isFloorTest(using, column) &&
    (check === null || isFloorTest(check, column))
  )
}

function isFloorTest(expression: string | null, column: string): boolean {
  const flat = (expression ?? '').replace(/\s+/g, ' ').trim()
  const escaped = toTheLetter(column)
  // pg_get_expr writes (client_id = ( SELECT flows.current_client_id() AS current_client_id)); no column may stand inside.
  const [, inner] =
    new RegExp(`^\\("?${escaped}"? = \\( SELECT (.*?)(?: AS "?\\w+"?)?\\)\\)$`).exec(flat) ?? []
  return inner !== undefined && /^[\w".]+\(\)$/.test(inner)
}
