import type { Actor } from './actors.ts'
import type { Harvest } from './catalog/harvest.ts'

/** What a transaction carries beside its role: settings, and whose rows must then stay hidden. */
export type Context = {
  name: string
  settings: Readonly<Record<string, string>>
  /** own: rows of the other client must not come out; none: rows of neither. */
  whose: 'own' | 'none'
  /** Not what the gateway sends for this actor: whatever opens here is also a matter of the family context. */
  hostile: boolean
}

/** A client as claims tell it. */
export type Identity = { tenant: string; member: string; admin: string; code: string | undefined }

/** How the client is told: by a path into the claims, or by a setting. */
export type ClaimOption = { path: readonly string[] } | { setting: string }

type Claims = Record<string, unknown>

const userWritten = /^(raw_)?user_meta_?data$/

/** Reads --claim: `app_metadata.tenant_id`, or `setting:app.tenant_id`. */
export function parseClaim(text: string): ClaimOption {
  return text.startsWith('setting:') ? { setting: text.slice('setting:'.length) } : { path: text.split('.') }
}

/** All contexts of an actor of client A, with B's marks in everything that a caller can forge. */
export function contextsOf(
  actor: Pick<Actor, 'role' | 'standing'>,
  a: Identity,
  b: Identity,
  tenantColumn: string,
  found: Harvest,
  given: ClaimOption | undefined,
  neighbours: readonly string[] = [],
): Context[] {
  const bySetting = given === undefined ? found.settings.length > 0 && !found.readsClaims : 'setting' in given
  const settingNames = given !== undefined && 'setting' in given ? [given.setting] : found.settings
  const settingsFor = (who: Identity) =>
    Object.fromEntries(settingNames.map((name) => [name, settingValue(name, who, actor.standing)]))
  const paths = given !== undefined && 'path' in given ? [given.path] : tenantPaths(found, tenantColumn)
  const claimsOf = (who: Identity) => signedClaims(who, actor, paths, found)
  const token = (claims: unknown) => ({
    'request.jwt.claims': typeof claims === 'string' ? claims : JSON.stringify(claims),
  })
  const forged = forgedMetadata(b, tenantColumn, found)
  const known = actor.role === 'anon' ? { role: 'anon' } : claimsOf(a)
  const whose = actor.role === 'anon' ? 'none' : 'own'
  if (bySetting) {
    const own = actor.role === 'anon' ? {} : settingsFor(a)
    return [
      context('own', { ...own }, whose),
      context('none', {}, 'none', true),
      context('empty setting', Object.fromEntries(settingNames.map((name) => [name, ''])), 'none', true),
      context(
        'hostile user_metadata',
        { ...own, ...token({ sub: a.member, user_metadata: forged }) },
        whose,
        true,
      ),
      context('hostile headers', { ...own, ...headers(b, tenantColumn, found) }, whose, true),
    ]
  }
  const stale = settingsFor(b)
  const withValue = (value: unknown) => token(setPaths({ ...(known as Claims) }, paths, value))
  return [
    context('own', token(known), whose),
    context('none', {}, 'none', true),
    context('empty', { 'request.jwt.claims': '' }, 'none', true),
    context('no claims in token', token({}), 'none', true),
    context('malformed', { 'request.jwt.claims': '{"sub":' }, 'none', true),
    context('null claim', withValue(null), actor.role === 'anon' ? 'none' : 'own', true),
    context('empty claim', withValue(''), actor.role === 'anon' ? 'none' : 'own', true),
    context('list', withValue([a.tenant, b.tenant]), whose, true),
    context('list as text', withValue(`${a.tenant},${b.tenant}`), whose, true),
    context(
      'hostile user_metadata',
      token({ ...known, user_metadata: forged, raw_user_meta_data: forged }),
      whose,
      true,
    ),
    context('hostile user_metadata alone', token({ role: actor.role, user_metadata: forged }), 'none', true),
    context('hostile headers', { ...token(known), ...headers(b, tenantColumn, found) }, whose, true),
    ...(settingNames.length === 0
      ? []
      : [
          context('stale setting', { ...token(known), ...stale }, whose, true),
          context(
            'stale setting, malformed token',
            { 'request.jwt.claims': '{"sub":', ...stale },
            'none',
            true,
          ),
          context('stale setting, no claims in token', { ...token({}), ...stale }, 'none', true),
        ]),
    // Of other clients, whose names are like B's.
    ...(actor.role === 'anon' ? [] : neighbours).map((key) =>
      context(`claim of ${key}`, withValue(key), 'own', true),
    ),
    ...staffWords(found).map((role) =>
      context(`role claim ${role}`, token({ ...known, role, user_role: role }), whose, true),
    ),
    ...(settingNames.length === 0 || actor.role === 'anon'
      ? []
      : [context('own by setting', settingsFor(a), 'own')]),
  ]
}

/** The claims of a client's person, as its access token would have them. */
export function ownClaims(
  actor: Pick<Actor, 'role' | 'standing'>,
  who: Identity,
  tenantColumn: string,
  found: Harvest,
  given: ClaimOption | undefined,
): Claims {
  const paths = given !== undefined && 'path' in given ? [given.path] : tenantPaths(found, tenantColumn)
  return signedClaims(who, actor, paths, found)
}

function context(
  name: string,
  settings: Record<string, string>,
  whose: Context['whose'],
  hostile = false,
): Context {
  return { name, settings, whose, hostile }
}

function tenantish(name: string, tenantColumn: string): boolean {
  const bare = tenantColumn.replace(/_id$/, '')
  return (
    name === tenantColumn ||
    name === bare ||
    /^(client|tenant|account|org|organi[sz]ation|team|workspace|company)(_?id)?$/i.test(name)
  )
}

function tenantPaths(found: Harvest, tenantColumn: string): (readonly string[])[] {
  const signed = found.claimPaths.filter(
    (path) => !path.some((key) => userWritten.test(key)) && tenantish(path.at(-1) ?? '', tenantColumn),
  )
  return signed.length > 0 ? signed : [['app_metadata', tenantColumn], [tenantColumn]]
}

function signedClaims(
  who: Identity,
  { role, standing }: Pick<Actor, 'role' | 'standing'>,
  paths: readonly (readonly string[])[],
  found: Harvest,
): Claims {
  const user = standing === 'admin' ? who.admin : who.member
  const claims: Claims = { sub: user, role, aud: 'authenticated', app_metadata: {} }
  for (const path of found.claimPaths) {
    const leaf = path.at(-1) ?? ''
    if (path.some((key) => userWritten.test(key)) || path.length < 2) continue
    if (/role$/i.test(leaf)) setPath(claims, path, standing ?? 'member')
    if (/code$|slug$/i.test(leaf) && who.code !== undefined) setPath(claims, path, who.code)
  }
  return setPaths(claims, paths, who.tenant)
}

function forgedMetadata(b: Identity, tenantColumn: string, found: Harvest): Claims {
  const forged: Claims = { [tenantColumn]: b.tenant, role: 'admin', is_admin: true, is_staff: true }
  for (const path of found.claimPaths) {
    const leaf = path.at(-1) ?? ''
    forged[leaf] = tenantish(leaf, tenantColumn)
      ? b.tenant
      : /^is_/.test(leaf)
        ? true
        : /role$/.test(leaf)
          ? 'staff'
          : /code$|slug$/.test(leaf)
            ? (b.code ?? b.tenant)
            : b.tenant
  }
  return { ...forged, app_metadata: { ...forged } }
}

function headers(b: Identity, tenantColumn: string, found: Harvest): Record<string, string> {
  const bare = tenantColumn.replace(/_id$/, '')
  const names = [
    tenantColumn,
    `x-${tenantColumn}`,
    `x-${tenantColumn.replaceAll('_', '-')}`,
    tenantColumn.replaceAll('_', '-'),
    `x-${bare}`,
    bare,
    'x-tenant-id',
    'x-tenant',
    'x-client-id',
    'x-client',
    'x-org-id',
    'x-account-id',
    'tenant_id',
    'client_id',
  ]
  const fields = {
    ...Object.fromEntries(names.map((name) => [name, b.tenant])),
    'x-role': 'staff',
    'x-user-id': b.member,
    'x-admin': 'true',
    'x-internal': 'true',
  }
  // Whatever name policies and functions look up may be a header's.
  const read = Object.fromEntries(found.claimPaths.map((path) => [path.at(-1) ?? '', b.tenant]))
  const text = JSON.stringify({ ...read, ...fields })
  return {
    'request.headers': text,
    'request.cookies': text,
    'request.path': `/rest/${b.tenant}?${tenantColumn}=eq.${b.tenant}`,
  }
}

function staffWords(found: Harvest): string[] {
  const compared = found.literals.filter((literal) =>
    /^(\w*admin|staff|\w*_staff|super\w*|service_role|support|operator|internal|system|root|owner)$/i.test(
      literal,
    ),
  )
  return [...new Set(['service_role', 'staff', ...compared])].slice(0, 6)
}

function settingValue(name: string, who: Identity, standing: Actor['standing']): string {
  if (/user|sub$/i.test(name)) return standing === 'admin' ? who.admin : who.member
  if (/role/i.test(name)) return standing ?? 'member'
  if (/code|slug/i.test(name) && who.code !== undefined) return who.code
  return who.tenant
}

function setPaths(claims: Claims, paths: readonly (readonly string[])[], value: unknown): Claims {
  const copy = structuredClone(claims)
  for (const path of paths) setPath(copy, path, value)
  return copy
}

function setPath(claims: Claims, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (rest.length === 0) {
    claims[key] = value
    return
  }
  const inner = claims[key]
  const next: Claims = typeof inner === 'object' && inner !== null ? (inner as Claims) : {}
  claims[key] = next
  setPath(next, rest, value)
}
