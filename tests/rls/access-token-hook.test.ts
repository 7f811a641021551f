import { expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { seedClient } from './seed.ts'

const { owner, staff, authenticator, adminUrl } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')

type Claims = { sub?: string; aud?: string; app_metadata?: Record<string, unknown> }

/** Issues a token as Supabase Auth does: as its own role, through the hook. */
async function issue(userId: string | null, claims: object = {}): Promise<Claims> {
  const auth = await connect(adminUrl, { role: 'supabase_auth_admin' })
  try {
    const event = JSON.stringify({ user_id: userId, claims, authentication_method: 'password' })
    const { answer } = await auth.one<{ answer: { claims: Claims; user_id: string | null } }>(sql`
      select flows.access_token_hook(${event}) as answer`)
    expect(Object.keys(answer).sort()).toEqual(['authentication_method', 'claims', 'user_id'])
    return answer.claims
  } finally {
    await auth.close()
  }
}

test('a member gets its client, role and permissions, and everything else is left as it was', async () => {
  await staff.run(sql`
    update flows.client_members set role = 'admin', permissions = '{read,write}' where user_id = ${acme.userId}`)
  const claims = { sub: acme.userId, aud: 'authenticated', app_metadata: { provider: 'email' }, email: '' }
  expect(await issue(acme.userId, claims)).toEqual({
    ...claims,
    app_metadata: {
      provider: 'email',
      client_id: acme.clientId,
      client_code: acme.mark,
      client_role: 'admin',
      client_permissions: ['read', 'write'],
    },
  })
})

test('the claims it makes let the member in, and only there', async () => {
  const claims = await issue(acme.userId, { sub: acme.userId })
  const seen = await actAs(authenticator, { role: 'authenticated', claims, readOnly: true }, (tx) =>
    tx.one(sql`
      select flows.current_client_id() as client, flows.current_client_role() as role,
        array(select distinct client_id from flows.invitations) as clients`),
  )
  expect(seen).toEqual({ client: acme.clientId, role: 'admin', clients: [acme.clientId] })
})

test('whoever is no member keeps nothing of an earlier or invented membership', async () => {
  const stale = {
    app_metadata: {
      provider: 'email',
      client_id: acme.clientId,
      client_code: 'acme',
      client_role: 'admin',
      client_permissions: ['all'],
    },
  }
  expect(await issue(crypto.randomUUID(), stale)).toEqual({ app_metadata: { provider: 'email' } })
  expect(await issue(null, stale)).toEqual({ app_metadata: { provider: 'email' } })
  const elsewhere = await issue(globex.userId, stale)
  expect(elsewhere.app_metadata).toMatchObject({ client_id: globex.clientId, client_role: 'member' })
})

test.each([{}, { app_metadata: null }, { app_metadata: [] }, { app_metadata: 'x' }])(
  'claims %j are made good',
  async (claims) => {
    expect((await issue(acme.userId, claims)).app_metadata).toMatchObject({ client_id: acme.clientId })
    expect((await issue(crypto.randomUUID(), claims)).app_metadata).toEqual({})
  },
)

test('what users write about themselves does not choose their client', async () => {
  const claims = await issue(acme.userId, {
    user_metadata: { client_id: globex.clientId },
    client_id: globex.clientId,
  })
  expect(claims.app_metadata).toMatchObject({ client_id: acme.clientId })
})

test('an inactive member, and a member of a deactivated client, get none', async () => {
  const activate = (status: string) =>
    staff.run(sql`update flows.client_members set status = ${status} where user_id = ${acme.userId}`)
  await activate('inactive')
  expect(await issue(acme.userId)).toEqual({ app_metadata: {} })
  await activate('active')

  await staff.run(sql`
    update flows.clients set status = 'inactive', deactivated_at = now() where id = ${acme.clientId}`)
  expect(await issue(acme.userId)).toEqual({ app_metadata: {} })
  await staff.run(sql`
    update flows.clients set status = 'active', deactivated_at = null where id = ${acme.clientId}`)
  expect((await issue(acme.userId)).app_metadata).toMatchObject({ client_id: acme.clientId })
})

test('a member of several clients gets the one it is set to, else the first it joined', async () => {
  await staff.run(sql`
    insert into flows.client_members (client_id, user_id, created_at)
    values (${globex.clientId}, ${acme.userId}, now() + interval '1 day')`)
  const set = (clientId: string) => issue(acme.userId, { app_metadata: { client_id: clientId } })
  expect((await issue(acme.userId)).app_metadata).toMatchObject({ client_id: acme.clientId })
  expect((await set(globex.clientId)).app_metadata).toMatchObject({ client_id: globex.clientId })
  expect((await set(acme.clientId)).app_metadata).toMatchObject({ client_id: acme.clientId })
  expect((await set(crypto.randomUUID())).app_metadata).toMatchObject({ client_id: acme.clientId })
})

test.each(['anon', 'authenticated', 'service_role'])('%s cannot issue itself a token', async (role) => {
  const event = JSON.stringify({ user_id: acme.userId, claims: {} })
  const attempt = actAs(authenticator, { role, claims: {} }, (tx) =>
    tx.run(sql`select flows.access_token_hook(${event})`),
  )
  await expect(attempt).rejects.toMatchObject({
    code: 'DATABASE_PERMISSION_DENIED',
    cause: { message: 'permission denied for function access_token_hook' },
  })
})

test('Supabase Auth reads no table but what the hook needs', async () => {
  const auth = await connect(adminUrl, { role: 'supabase_auth_admin' })
  try {
    for (const statement of [
      sql`select legal_name from flows.clients`,
      sql`select from flows.invitations`,
      sql`select from flows_private.client_keys`,
      sql`update flows.client_members set role = 'admin'`,
    ]) {
      await expect(auth.run(statement)).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
    }
  } finally {
    await auth.close()
  }
})
