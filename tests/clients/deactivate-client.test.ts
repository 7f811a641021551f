import { expect, test } from 'vitest'
import { installApplication } from '../../src/applications/install-application.ts'
import { clientStatus } from '../../src/clients/client-status.ts'
import { deactivateClient } from '../../src/clients/deactivate-client.ts'
import { reactivateClient } from '../../src/clients/reactivate-client.ts'
import { actAs } from '../../src/database/act-as.ts'
import { sql } from '../../src/database/sql.ts'
import { addMembers, memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { staff, owner, authenticator } = await testDatabase()
const client = await newClient(staff)
await addMembers(staff, client, 2)
await installApplication(staff, client, { appCode: 'leave', appName: 'Leave', permissions: [], settings: {} })
await owner.run(sql`insert into storage.objects (bucket_id, name) values (${client.bucketId}, 'a.txt')`)
const claims = memberClaims(client, 'admin')

/** What a member with a token issued long before sees now. */
function seen() {
  return actAs(authenticator, { role: 'authenticated', claims, readOnly: true }, (tx) =>
    tx.one(sql`
      select (select count(*) from flows.clients) as clients,
        (select count(*) from flows.current_client) as own,
        (select count(*) from flows.client_members) as members,
        (select count(*) from flows.client_applications) as applications,
        (select count(*) from flows.client_buckets) as buckets,
        (select count(*) from flows.audit_events) > 0 as events,
        (select count(*) from storage.objects) as files,
        (select count(*) from storage.buckets) as stored_buckets`),
  )
}

const everything = {
  clients: 1,
  own: 1,
  members: 2,
  applications: 1,
  buckets: 1,
  events: true,
  files: 1,
  storedBuckets: 1,
}
const nothing = {
  clients: 0,
  own: 0,
  members: 0,
  applications: 0,
  buckets: 0,
  events: false,
  files: 0,
  storedBuckets: 0,
}

test('members of a deactivated client see nothing at once, and all of it again when it is reactivated', async () => {
  expect(await seen()).toEqual(everything)
  expect(await deactivateClient(staff, client.clientCode)).toMatchObject({ status: 'inactive' })
  expect(await seen()).toEqual(nothing)
  expect(await reactivateClient(staff, client.clientCode)).toMatchObject({ status: 'active' })
  expect(await seen()).toEqual(everything)
})

test('members of a deactivated client can write nothing', async () => {
  await deactivateClient(staff, client.clientCode)
  const changed = await actAs(authenticator, { role: 'authenticated', claims }, (tx) =>
    tx.run(sql`update flows.client_applications set settings = '{"locale": "da"}' where true`),
  )
  expect(changed).toBe(0)
  const upload = actAs(authenticator, { role: 'authenticated', claims }, (tx) =>
    tx.run(sql`insert into storage.objects (bucket_id, name) values (${client.bucketId}, 'b.txt')`),
  )
  await expect(upload).rejects.toMatchObject({ code: 'DATABASE_PERMISSION_DENIED' })
  await reactivateClient(staff, client.clientCode)
})

test('deactivating twice changes nothing the second time, and says since when', async () => {
  await deactivateClient(staff, client.clientCode)
  const { deactivatedAt, lastActivityAt } = await clientStatus(staff, client.clientCode)
  expect(deactivatedAt).toBeInstanceOf(Date)
  await deactivateClient(staff, client.clientCode)
  expect(await clientStatus(staff, client.clientCode)).toMatchObject({ deactivatedAt, lastActivityAt })
  await reactivateClient(staff, client.clientCode)
  expect(await clientStatus(staff, client.clientCode)).toMatchObject({
    deactivatedAt: null,
    status: 'active',
  })
})
