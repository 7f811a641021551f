import type { Catalog, Role } from './catalog/catalog.ts'

/** Somebody who attacks, or who is trusted and only named. */
export type Actor = {
  /** As the matrix names it. */
  name: string
  role: string
  /** What it is inside its client, where that makes a difference. */
  standing: 'member' | 'admin' | null
  trusted: boolean
}

const platform =
  /^(supabase_.*|service_role|dashboard_user|pgbouncer|postgres|pgsodium_.*|rds.*|cloudsql.*|azure.*|flows_migrator)$/
const api = ['anon', 'authenticated']

/** Roles that no isolation is asked of: the server's and the platform's own, staff, and whoever is a member of staff. */
export function isTrusted(role: Role, catalog: Pick<Catalog, 'prover'>, staff: readonly string[]): boolean {
  if (api.includes(role.name) || role.name === 'authenticator') return false
  return (
    role.superuser ||
    role.name === catalog.prover ||
    platform.test(role.name) ||
    staff.includes(role.name) ||
    [...role.inherits, ...role.becomes].some((name) => staff.includes(name))
  )
}

/**
 * The actors of a server: anon, authenticated as member and as admin of a client, every other login and what it can
 * become, and (trusted, so that they are named) staff and service roles.
 */
export function findActors(catalog: Catalog, staff: readonly string[]): Actor[] {
  const known = new Map(catalog.roles.map((role) => [role.name, role]))
  const logins = catalog.roles.filter(
    ({ login, name }) => login && !isTrusted(known.get(name) as Role, catalog, staff),
  )
  const reached = new Set(
    [...logins, ...catalog.roles.filter(({ name }) => api.includes(name))].flatMap((role) => [
      role.name,
      ...role.becomes,
    ]),
  )
  const actors: Actor[] = []
  for (const role of catalog.roles) {
    const trusted = isTrusted(role, catalog, staff)
    if (role.name === 'authenticated') {
      actors.push({ name: 'member', role: role.name, standing: 'member', trusted: false })
      actors.push({ name: 'admin', role: role.name, standing: 'admin', trusted: false })
    } else if (!trusted && (reached.has(role.name) || api.includes(role.name))) {
      actors.push({ name: role.name, role: role.name, standing: null, trusted: false })
    } else if (staff.includes(role.name) || role.name === 'service_role') {
      actors.push({ name: role.name, role: role.name, standing: null, trusted: true })
    }
  }
  const order = ['anon', 'member', 'admin']
  const place = ({ name }: Actor) => (order.includes(name) ? order.indexOf(name) : order.length)
  return actors.sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name))
}
