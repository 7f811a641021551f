import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { syncTiers } from '../../src/clients/sync-tiers.ts'
import { type Actor, actAs } from '../../src/database/act-as.ts'
import type { Database } from '../../src/database/database.ts'
import { brokenConstraint } from '../../src/database/failures.ts'
import { sql } from '../../src/database/sql.ts'
import { bucketUsage } from '../../src/storage/bucket-usage.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { staff, owner, authenticator } = await testDatabase()
await syncTiers(staff, { kilo: { maxUsers: 5, storageGB: 1024 / 1024 ** 3, features: [] } })
const [acme, globex] = [await newClient(staff, { tier: 'kilo' }), await newClient(staff)]
const acmeMember: Actor = { role: 'authenticated', claims: memberClaims(acme) }
const denied = { code: 'DATABASE_PERMISSION_DENIED' }

function asMember<Result>(actor: Actor, work: (tx: Database) => Promise<Result>): Promise<Result> {
  return actAs(authenticator, actor, work)
}

function upload(db: Database, bucketId: string, name: string, size = 1): Promise<number> {
  return db.run(sql`
    insert into storage.objects (bucket_id, name, metadata)
    values (${bucketId}, ${name}, ${JSON.stringify({ size })})`)
}

function filesSeen(actor: Actor): Promise<{ bucketId: string; name: string }[]> {
  return asMember(actor, (tx) => tx.many(sql`select bucket_id, name from storage.objects order by name`))
}

test('a member works in the bucket of its client and sees no other', async () => {
  await upload(owner, globex.bucketId, 'theirs.txt')
  await asMember(acmeMember, (tx) => upload(tx, acme.bucketId, 'ours.txt'))
  expect(await filesSeen(acmeMember)).toEqual([{ bucketId: acme.bucketId, name: 'ours.txt' }])
  const buckets = await asMember(acmeMember, (tx) => tx.many(sql`select id from storage.buckets`))
  expect(buckets).toEqual([{ id: acme.bucketId }])
})

test("a member cannot put a file into another client's bucket, nor move one there, nor touch one there", async () => {
  await expect(asMember(acmeMember, (tx) => upload(tx, globex.bucketId, 'x.txt'))).rejects.toMatchObject(
    denied,
  )
  const move = asMember(acmeMember, (tx) =>
    tx.run(sql`update storage.objects set bucket_id = ${globex.bucketId} where bucket_id = ${acme.bucketId}`),
  )
  await expect(move).rejects.toMatchObject(denied)
  const touched = await asMember(acmeMember, (tx) =>
    tx.run(sql`update storage.objects set name = 'mine.txt' where bucket_id = ${globex.bucketId}`),
  )
  expect(touched).toBe(0)
})

test.each([
  ['nobody', { role: 'anon' }],
  ['someone without a client', { role: 'authenticated', claims: { sub: acme.id } }],
  [
    'someone who writes the client into what users may write',
    { role: 'authenticated', claims: { user_metadata: { client_id: acme.id } } },
  ],
] satisfies [string, Actor][])('%s sees no file of a client and can put none there', async (_, actor) => {
  expect(await filesSeen(actor)).toEqual([])
  await expect(asMember(actor, (tx) => upload(tx, acme.bucketId, 'x.txt'))).rejects.toMatchObject(denied)
})

test("a bucket that is no client's keeps its own rules", async () => {
  await owner.script(`
    insert into storage.buckets (id, name, public) values ('open', 'open', true);
    create policy open_select on storage.objects for select to authenticated using (bucket_id = 'open')`)
  await upload(owner, 'open', 'z-everyone.txt')
  expect(await filesSeen(acmeMember)).toContainEqual({ bucketId: 'open', name: 'z-everyone.txt' })
})

test('files and bytes are counted as they come, change and go', async () => {
  const client = await newClient(staff)
  const usage = async () => {
    const { objectCount, objectBytes } = (await bucketUsage(staff, client.id)) ?? {}
    return [objectCount, objectBytes]
  }
  await upload(owner, client.bucketId, 'a', 100)
  await upload(owner, client.bucketId, 'b', 50)
  expect(await usage()).toEqual([2, 150])
  await owner.run(sql`
    update storage.objects set metadata = '{"size": 70}' where bucket_id = ${client.bucketId} and name = 'a'`)
  expect(await usage()).toEqual([2, 120])
  await owner.transaction(async (tx) => {
    await tx.run(sql`set local storage.allow_delete_query = 'true'`)
    await tx.run(sql`delete from storage.objects where bucket_id = ${client.bucketId} and name = 'b'`)
  })
  expect(await usage()).toEqual([1, 70])
})

test('a file that would exceed the tier is refused with the figures, whoever puts it there', async () => {
  const client = await newClient(staff, { tier: 'kilo' })
  const member: Actor = { role: 'authenticated', claims: memberClaims(client) }
  await asMember(member, (tx) => upload(tx, client.bucketId, 'most', 1000))
  for (const attempt of [
    () => asMember(member, (tx) => upload(tx, client.bucketId, 'more', 25)),
    () => upload(owner, client.bucketId, 'more', 25),
  ]) {
    const error = await attempt().catch((error: unknown) => error)
    expect(brokenConstraint(error)).toBe('client_buckets_storage_bytes_check')
    expect(error).toMatchObject({ message: `Client ${client.clientCode} would use 1025 of 1024 bytes` })
  }
  await upload(owner, client.bucketId, 'exact', 24)
  expect(await bucketUsage(staff, client.id)).toEqual({
    bucketId: client.bucketId,
    objectCount: 2,
    objectBytes: 1024,
  })
})

test('of ten files at once only as many are taken as fit', async () => {
  const client = await newClient(staff, { tier: 'kilo' })
  const uploads = Array.from({ length: 10 }, (_, index) => upload(owner, client.bucketId, `f${index}`, 200))
  const taken = (await Promise.allSettled(uploads)).filter(({ status }) => status === 'fulfilled')
  expect(taken).toHaveLength(5)
  expect(await bucketUsage(staff, client.id)).toMatchObject({ objectCount: 5, objectBytes: 1000 })
})

test('a bucket made from templates/storage-buckets.sql holds each client to its own folder', async () => {
  const recipe = readFileSync(packagePath('templates', 'storage-buckets.sql'), 'utf8')
  await owner.script(recipe.replaceAll('{{bucket}}', 'exchange'))
  const globexMember: Actor = { role: 'authenticated', claims: memberClaims(globex) }
  await asMember(acmeMember, (tx) => upload(tx, 'exchange', `${acme.id}/a.txt`))
  await asMember(globexMember, (tx) => upload(tx, 'exchange', `${globex.id}/deep/g.txt`))
  for (const name of [`${globex.id}/x.txt`, 'x.txt', `x/${acme.id}/x.txt`]) {
    await expect(asMember(acmeMember, (tx) => upload(tx, 'exchange', name))).rejects.toMatchObject(denied)
  }
  const seen = async (actor: Actor) =>
    (await filesSeen(actor)).filter(({ bucketId }) => bucketId === 'exchange').map(({ name }) => name)
  expect(await seen(acmeMember)).toEqual([`${acme.id}/a.txt`])
  expect(await seen(globexMember)).toEqual([`${globex.id}/deep/g.txt`])
  expect(await seen({ role: 'anon' })).toEqual([])
  expect(await filesSeen(acmeMember)).toContainEqual({ bucketId: acme.bucketId, name: 'ours.txt' })
})
