import { expect, test } from 'vitest'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { activeClientByCode, clientByCode, findClient } from '../../src/clients/find-client.ts'
import { listClients } from '../../src/clients/list-clients.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff } = await testDatabase()
await newClient(staff, { clientCode: 'acme', tier: 'pro' })
await newClient(staff, { clientCode: 'globex', region: 'US' })
await newClient(staff, { clientCode: 'initech' })
await deactivateClient(staff, 'initech')

test('a mistyped code is told with the one that was probably meant', async () => {
  expect(await failureOf(clientByCode(staff, 'globx'))).toEqual({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "globx"',
    hint: 'Did you mean globex? See all with: client:list',
  })
})

test('a code like no other is told without a guess', async () => {
  expect(await failureOf(clientByCode(staff, 'umbrella'))).toMatchObject({
    hint: 'See all with: client:list',
  })
})

test('what cannot be a code is refused without a search', async () => {
  expect(await failureOf(findClient(staff, "acme' or true"))).toMatchObject({
    code: 'CLIENT_CODE_INVALID',
    message: `"acme' or true" is not a client code`,
  })
})

test("a code that is nobody's finds nobody", async () => {
  expect(await findClient(staff, 'nobody')).toBeUndefined()
})

test('a deactivated client is found, but not where an active one is needed', async () => {
  expect(await clientByCode(staff, 'initech')).toMatchObject({ status: 'inactive' })
  expect(await failureOf(activeClientByCode(staff, 'initech'))).toEqual({
    code: 'CLIENT_INACTIVE',
    message: 'Client "initech" is deactivated',
    hint: 'Let it in again with: client:reactivate initech',
  })
  expect(await activeClientByCode(staff, 'acme')).toMatchObject({ clientCode: 'acme' })
})

test.each([
  ['nothing', {}, ['initech', 'globex', 'acme']],
  ['the status', { status: 'active' }, ['globex', 'acme']],
  ['the tier', { tier: 'pro' }, ['acme']],
  ['the region', { region: 'US' }, ['globex']],
  ['all of them', { status: 'active', tier: 'free', region: 'EU' }, []],
  ['the number', { limit: 2 }, ['initech', 'globex']],
] as const)('clients are listed newest first, held to %s', async (_, filter, codes) => {
  expect((await listClients(staff, filter)).map(({ clientCode }) => clientCode)).toEqual(codes)
})

test('a region that does not exist is told, not just empty', async () => {
  expect(await failureOf(() => listClients(staff, { region: 'MARS' }))).toMatchObject({
    code: 'CLIENT_REGION_UNKNOWN',
    message: 'There is no region "MARS"',
  })
})

test('a tier that does not exist is told, and one without clients is just empty', async () => {
  expect(await failureOf(listClients(staff, { tier: 'gold' }))).toMatchObject({
    code: 'CLIENT_TIER_UNKNOWN',
    message: 'There is no tier "gold"',
  })
  expect(await listClients(staff, { tier: 'pro', status: 'inactive' })).toEqual([])
})
