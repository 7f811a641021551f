import { expect, test } from 'vitest'
import { createClient } from '../../src/clients/create-client.ts'
import { clientByCode } from '../../src/clients/find-client.ts'
import { sql } from '../../src/database/sql.ts'
import { createOptions } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { staff, owner } = await testDatabase()
const acme = {
  clientCode: 'acme',
  legalName: 'Acme Corporation',
  domain: 'acme-corp.thepia.net',
  region: 'EU',
  tier: 'pro',
}
const created = await createClient(staff, acme, createOptions)

/** How many rows there are of each kind that belong to a client. */
function countEverything() {
  return owner.one(sql`
    select (select count(*) from flows.clients) as clients,
      (select count(*) from flows.client_buckets) as buckets,
      (select count(*) from storage.buckets) as stored_buckets,
      (select count(*) from flows_private.client_keys) as keys,
      (select count(*) from flows.audit_events) as events`)
}

test('a created client is in the registry as it was drafted, active and of its tier', async () => {
  expect(created).toEqual({
    ...acme,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 'active',
    createdAt: expect.any(Date),
    bucketId: 'flows-acme',
  })
  const { bucketId, ...client } = created
  expect(await clientByCode(staff, 'acme')).toEqual(client)
})

test('a client of no tier and no domain is free and has none', async () => {
  const draft = { clientCode: 'plain', legalName: 'Plain', region: 'US' }
  expect(await createClient(staff, draft, createOptions)).toMatchObject({ tier: 'free', domain: null })
})

test('a created client has one private bucket and one key, which is kept only wrapped', async () => {
  const kept = await owner.one(sql`
    select b.public, k.epoch, k.state, length(k.wrapped_key) as length,
      position(${createOptions.masterKey} in k.wrapped_key) as master
    from flows.client_buckets c
    join storage.buckets b on b.id = c.bucket_id
    join flows_private.client_keys k on k.client_id = c.client_id
    where c.client_id = ${created.id}`)
  expect(kept).toEqual({ public: false, epoch: 1, state: 'active', length: 60, master: 0 })
})

test('creating a client is told in the trail, in one transaction, without its names', async () => {
  const events = await owner.many<{ tableName: string; tx: string; details: object }>(sql`
    select table_name, verb, tx::text, details from flows.audit_events
    where client_id = ${created.id} order by table_name`)
  expect(events.map(({ tableName }) => tableName)).toEqual(['client_buckets', 'client_keys', 'clients'])
  expect(new Set(events.map(({ tx }) => tx)).size).toBe(1)
  expect(events[2]?.details).toEqual({ tier: 'pro', region: 'EU', status: 'active' })
})

test('nothing of a client is left if its bucket cannot be made', async () => {
  await owner.run(sql`
    insert into storage.buckets (id, name, public) values ('flows-taken', 'flows-taken', false)`)
  const before = await countEverything()
  const draft = { clientCode: 'taken', legalName: 'Taken', region: 'EU' }
  expect(await failureOf(createClient(staff, draft, createOptions))).toEqual({
    code: 'BUCKET_TAKEN',
    message: 'The project has a storage bucket "flows-taken" already',
    hint: 'Choose another client code, or another STORAGE_BUCKET_PREFIX.',
  })
  expect(await countEverything()).toEqual(before)
})

test('nothing of a client is left if its key cannot be made', async () => {
  const before = await countEverything()
  await owner.run(sql`
    alter table flows_private.client_keys add constraint never check (epoch > 1) not valid`)
  const draft = { clientCode: 'keyless', legalName: 'Keyless', region: 'EU' }
  await expect(createClient(staff, draft, createOptions)).rejects.toThrow('"never"')
  await owner.run(sql`alter table flows_private.client_keys drop constraint never`)
  expect(await countEverything()).toEqual(before)
})

test.each([
  ['code', { clientCode: 'acme' }, 'CLIENT_CODE_TAKEN', 'Client "acme" exists already'],
  [
    'domain',
    { domain: 'acme-corp.thepia.net' },
    'CLIENT_DOMAIN_TAKEN',
    'Another client has the domain "acme-corp.thepia.net" already',
  ],
  ['unknown tier', { tier: 'gold' }, 'CLIENT_TIER_UNKNOWN', 'There is no tier "gold"'],
  ['unknown region', { region: 'MARS' }, 'CLIENT_REGION_UNKNOWN', 'There is no region "MARS"'],
  ['short code', { clientCode: 'a' }, 'CLIENT_CODE_INVALID', '"a" is not a client code'],
  [
    'long code',
    { clientCode: 'a'.repeat(51) },
    'CLIENT_CODE_INVALID',
    `"${'a'.repeat(51)}" is not a client code`,
  ],
  ['code in capitals', { clientCode: 'Acme' }, 'CLIENT_CODE_INVALID', '"Acme" is not a client code'],
  [
    'code with a dash at its end',
    { clientCode: 'acme-' },
    'CLIENT_CODE_INVALID',
    '"acme-" is not a client code',
  ],
  ['code with a newline', { clientCode: 'ac\nme' }, 'CLIENT_CODE_INVALID', '"ac?me" is not a client code'],
  [
    'empty name',
    { legalName: ' ' },
    'CLIENT_NAME_INVALID',
    'The legal name must have 1 to 200 printable characters',
  ],
  [
    'name with an escape',
    { legalName: 'Acme \u001b[31m' },
    'CLIENT_NAME_INVALID',
    'The legal name must have 1 to 200 printable characters',
  ],
  [
    'domain without a dot',
    { domain: 'localhost' },
    'CLIENT_DOMAIN_INVALID',
    '"localhost" is not a domain name',
  ],
  [
    'domain with a protocol',
    { domain: 'https://acme.thepia.net' },
    'CLIENT_DOMAIN_INVALID',
    '"https://acme.thepia.net" is not a domain name',
  ],
  ['address as domain', { domain: '10.0.0.1' }, 'CLIENT_DOMAIN_INVALID', '"10.0.0.1" is not a domain name'],
])(
  'a draft with a bad or taken %s is refused, and nothing of it is left',
  async (_, fault, code, message) => {
    const before = await countEverything()
    const draft = { clientCode: 'other', legalName: 'Other', region: 'EU', ...fault }
    expect(await failureOf(createClient(staff, draft, createOptions))).toMatchObject({ code, message })
    expect(await countEverything()).toEqual(before)
  },
)

test('the refusal of an unknown tier names those that there are', async () => {
  const draft = { clientCode: 'other', legalName: 'Other', region: 'EU', tier: 'gold' }
  const { hint } = await failureOf(createClient(staff, draft, createOptions))
  expect(hint).toMatch(/^Choose one of: free, pro\. /)
})

test('of two who create the same client at once, one wins and the other is told that it exists', async () => {
  const draft = { clientCode: 'twice', legalName: 'Twice', region: 'EU' }
  const attempts = [createClient(staff, draft, createOptions), createClient(staff, draft, createOptions)]
  const outcomes = await Promise.allSettled(attempts)
  const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(lost).toEqual([
    expect.objectContaining({ code: 'CLIENT_CODE_TAKEN', message: 'Client "twice" exists already' }),
  ])
  expect(
    await owner.many(sql`select bucket_id from flows.client_buckets where bucket_id = 'flows-twice'`),
  ).toEqual([{ bucketId: 'flows-twice' }])
})

test('within a transaction that goes on, a refused client leaves the transaction usable', async () => {
  const code = await staff.transaction(async (tx) => {
    await failureOf(createClient(tx, acme, createOptions))
    const draft = { clientCode: 'second-try', legalName: 'Second', region: 'EU' }
    return (await createClient(tx, draft, createOptions)).clientCode
  })
  expect((await clientByCode(staff, code)).legalName).toBe('Second')
})

test('a bucket name that no object store would take is refused', async () => {
  const draft = { clientCode: 'c'.repeat(50), legalName: 'Long', region: 'EU' }
  const options = { ...createOptions, storageBucketPrefix: 'a-prefix-too-long' }
  expect(await failureOf(createClient(staff, draft, options))).toMatchObject({
    code: 'BUCKET_NAME_INVALID',
    message: `"a-prefix-too-long-${'c'.repeat(50)}" cannot be the name of a storage bucket`,
  })
})
