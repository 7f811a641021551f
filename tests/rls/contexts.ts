import type { Actor } from '../../src/database/act-as.ts'
import type { Seeded } from './seed.ts'

/** The claims of a client's member who is its admin, as its access token has them. */
export function claimsOf({ clientId, userId }: Seeded): object {
  return { sub: userId, app_metadata: { client_id: clientId, client_role: 'admin' } }
}

/** Someone who asks, and what he claims. */
export type Context = {
  name: string
  actor: Actor
  /** The setting flows.client_id that an earlier user of the connection left behind. */
  leftBehind?: string
}

/** Everything but an honest token of a client: none of it may reach a row of anybody. */
export function hostileContexts(victim: Seeded): Context[] {
  const { clientId, userId } = victim
  const uuid = clientId
  const saying = (clientId: unknown, more: object = {}): Actor => ({
    role: 'authenticated',
    claims: { sub: userId, ...more, app_metadata: { client_id: clientId, client_role: 'admin' } },
  })
  const texts = [
    '{}',
    'null',
    '[]',
    '"x"',
    '7',
    ' ',
    '{"app_metadata":',
    '{"app_metadata":null}',
    `"${uuid}"`,
  ]
  return [
    { name: 'no claims', actor: { role: 'authenticated' } },
    { name: 'no claims, anon', actor: { role: 'anon' } },
    ...texts.map((claims) => ({ name: `claims ${claims}`, actor: { role: 'authenticated', claims } })),
    { name: 'a list with the client', actor: saying([uuid]) },
    { name: 'an object with the client', actor: saying({ client_id: uuid }) },
    { name: 'a number', actor: saying(7) },
    { name: 'true', actor: saying(true) },
    { name: 'null', actor: saying(null) },
    { name: 'the client in upper case', actor: saying(uuid.toUpperCase()) },
    { name: 'the client in braces', actor: saying(`{${uuid}}`) },
    { name: 'the client without dashes', actor: saying(uuid.replaceAll('-', '')) },
    { name: 'the client and a line end', actor: saying(`${uuid}\n`) },
    { name: 'two clients', actor: saying(`${uuid},${uuid}`) },
    { name: 'no uuid', actor: saying('acme') },
    { name: 'SQL', actor: saying("' or true --") },
    { name: 'a uuid of no client', actor: saying(crypto.randomUUID()) },
    { name: 'the nil uuid', actor: saying('00000000-0000-0000-0000-000000000000') },
    { name: 'no client, a role claim of staff', actor: saying(null, { role: 'flows_staff' }) },
    { name: 'no client, a role claim of service_role', actor: saying(null, { role: 'service_role' }) },
    {
      name: 'the client where users write it',
      actor: {
        role: 'authenticated',
        claims: { sub: userId, user_metadata: { client_id: uuid }, app_metadata: {} },
      },
    },
    {
      name: 'the client at the top',
      actor: { role: 'authenticated', claims: { sub: userId, client_id: uuid } },
    },
    {
      name: 'metadata as a text',
      actor: { role: 'authenticated', claims: { app_metadata: JSON.stringify({ client_id: uuid }) } },
    },
    { name: 'the client, but anon', actor: { ...saying(uuid), role: 'anon' } },
    { name: 'anon and a setting left behind', actor: { role: 'anon' }, leftBehind: uuid },
    {
      name: 'empty claims and a setting left behind',
      actor: { role: 'authenticated', claims: '{}' },
      leftBehind: uuid,
    },
    { name: 'no client and a setting left behind', actor: saying(null), leftBehind: uuid },
  ]
}
