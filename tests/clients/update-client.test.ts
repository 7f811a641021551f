import { expect, test } from 'vitest'
import { clientByCode } from '../../src/clients/find-client.ts'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { updateClient } from '../../src/clients/update-client.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff, owner } = await testDatabase()
await syncTiers(staff, {
  small: { maxUsers: 3, storageGB: 1, features: [] },
  narrow: { maxUsers: 100, storageGB: 0.000001, features: [] },
})

test('what is given changes, and what is left out stays', async () => {
  const client = await newClient(staff, { domain: 'before.thepia.net' })
  const { bucketId, ...before } = client
  const changes = { legalName: 'After Ltd', tier: 'pro', region: 'US' }
  expect(await updateClient(staff, client.clientCode, changes)).toEqual({ ...before, ...changes })
  expect(await updateClient(staff, client.clientCode, { domain: 'after.thepia.net' })).toMatchObject({
    ...changes,
    domain: 'after.thepia.net',
  })
})

test('a domain can be taken away, and then belongs to nobody', async () => {
  const [first, second] = [await newClient(staff, { domain: 'free.thepia.net' }), await newClient(staff)]
  expect(await updateClient(staff, first.clientCode, { domain: null })).toMatchObject({ domain: null })
  expect(await updateClient(staff, second.clientCode, { domain: 'free.thepia.net' })).toMatchObject({
    domain: 'free.thepia.net',
  })
})

test('a tier below the members in use is refused with the figures, and nothing changes', async () => {
  const { clientCode, ...client } = await newClient(staff, { tier: 'pro' })
  await addMembers(staff, client, 4)
  expect(await failureOf(updateClient(staff, clientCode, { tier: 'small', legalName: 'Other' }))).toEqual({
    code: 'CLIENT_OVER_LIMIT',
    message: `Client ${clientCode} uses 4 of 3 members and 0 of 1073741824 bytes: the new limits are below what is in use`,
    hint: 'Let members go or delete files first, or choose a larger tier.',
  })
  expect(await clientByCode(staff, clientCode)).toMatchObject({ tier: 'pro', legalName: 'A Client Ltd' })
})

test('a tier below the bytes in use is refused with the figures', async () => {
  const { clientCode, bucketId } = await newClient(staff)
  await owner.run(sql`
    insert into storage.objects (bucket_id, name, metadata) values (${bucketId}, 'a', '{"size": 5000}')`)
  expect(await failureOf(updateClient(staff, clientCode, { tier: 'narrow' }))).toMatchObject({
    code: 'CLIENT_OVER_LIMIT',
    message: `Client ${clientCode} uses 0 of 100 members and 5000 of 1074 bytes: the new limits are below what is in use`,
  })
})

test('a tier that is exactly enough is accepted, members that were put out not counted', async () => {
  const { clientCode, ...client } = await newClient(staff, { tier: 'pro' })
  const [one] = await addMembers(staff, client, 4)
  await staff.run(sql`
    update flows.client_members set status = 'inactive' where client_id = ${client.id} and user_id = ${one}`)
  expect(await updateClient(staff, clientCode, { tier: 'small' })).toMatchObject({ tier: 'small' })
})

test.each([
  ['unknown tier', { tier: 'gold' }, 'CLIENT_TIER_UNKNOWN', 'There is no tier "gold"'],
  ['unknown region', { region: 'eu' }, 'CLIENT_REGION_UNKNOWN', 'There is no region "eu"'],
  ['bad domain', { domain: 'x' }, 'CLIENT_DOMAIN_INVALID', '"x" is not a domain name'],
  [
    'long name',
    { legalName: 'x'.repeat(201) },
    'CLIENT_NAME_INVALID',
    'The legal name must have 1 to 200 printable characters',
  ],
  [
    'taken domain',
    { domain: 'held.thepia.net' },
    'CLIENT_DOMAIN_TAKEN',
    'Another client has the domain "held.thepia.net" already',
  ],
])('a change to a %s is refused', async (_, changes, code, message) => {
  if (code === 'CLIENT_DOMAIN_TAKEN') await newClient(staff, { domain: 'held.thepia.net' })
  const { clientCode } = await newClient(staff)
  expect(await failureOf(updateClient(staff, clientCode, changes))).toMatchObject({ code, message })
})

test('a client that is not there cannot be changed', async () => {
  expect(await failureOf(updateClient(staff, 'nobody', { tier: 'pro' }))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
})
