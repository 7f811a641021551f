import { expect, test } from 'vitest'
import { installApplication } from '../../src/applications/install-application.ts'
import { type Actor, actAs } from '../../src/database/act-as.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { staff, owner, authenticator } = await testDatabase()

/** A request as PostgREST makes it with db-pre-request: role, claims, headers and path, then the function, then the rest. */
function request(
  actor: Actor,
  { path = '/invitations', headers = {} }: { path?: string; headers?: object },
  rest: (tx: Database) => Promise<unknown> = async () => undefined,
): Promise<unknown> {
  return actAs(authenticator, actor, async (tx) => {
    await tx.run(sql`
      select set_config('request.path', ${path}, true),
        set_config('request.headers', ${JSON.stringify(headers)}, true)`)
    await tx.run(sql`select flows.count_api_request()`)
    return rest(tx)
  })
}

/** What the next roll-up makes of the requests of a client. */
async function countsOf({ id }: { id: string }): Promise<object[]> {
  await staff.run(sql`select flows_private.refresh_usage(${id})`)
  return owner.many(sql`
    select app_code, endpoint_class, status_class, calls::integer from flows.api_usage
    where client_id = ${id} order by app_code, endpoint_class`)
}

test('a write that is committed is counted for the client of the caller, once', async () => {
  const [client, other] = [await newClient(staff), await newClient(staff)]
  await installApplication(staff, client, {
    appCode: 'offboarding',
    appName: 'Offboarding',
    permissions: [],
    settings: {},
  })
  const actor = { role: 'authenticated', claims: memberClaims(client) }
  await request(actor, { headers: { 'x-flows-app': 'offboarding' } })
  await request(actor, { headers: { 'x-flows-app': 'made-up' } })
  await request(actor, { path: '/rpc/redeem_invitation' })
  await request(actor, { path: '/rpc/redeem_invitation' })
  const counts = [
    { appCode: '_none', endpointClass: 'rpc', statusClass: '2xx', calls: 2 },
    { appCode: '_other', endpointClass: 'rest', statusClass: '2xx', calls: 1 },
    { appCode: 'offboarding', endpointClass: 'rest', statusClass: '2xx', calls: 1 },
  ]
  expect(await countsOf(client)).toEqual(counts)
  expect(await countsOf(client)).toEqual(counts)
  expect(await countsOf(other)).toEqual([])
})

test('a write that fails is not counted, and neither is a read, which runs in a read-only transaction', async () => {
  const client = await newClient(staff)
  const actor = { role: 'authenticated', claims: memberClaims(client) }
  const failing = request(actor, {}, () => Promise.reject(new Error('refused')))
  await expect(failing).rejects.toThrow('refused')
  await request({ ...actor, readOnly: true }, {}, (tx) => tx.many(sql`select id from flows.invitations`))
  expect(await countsOf(client)).toEqual([])
})

test('whoever has no client is served and not counted', async () => {
  const client = await newClient(staff)
  await request({ role: 'anon' }, {})
  await request({ role: 'service_role', claims: {} }, {})
  await request({ role: 'authenticated', claims: { sub: client.id } }, {})
  const { calls } = await owner.one<{ calls: number }>(sql`
    select count(*) as calls from flows_private.api_calls where client_id = ${client.id}`)
  expect(calls).toBe(0)
})

test('requests of one client at once do not wait for each other', async () => {
  const client = await newClient(staff)
  const actor = { role: 'authenticated', claims: memberClaims(client) }
  await request(actor, {}, () => request(actor, {}, () => request(actor, {})))
  expect(await countsOf(client)).toEqual([
    { appCode: '_none', endpointClass: 'rest', statusClass: '2xx', calls: 3 },
  ])
})
