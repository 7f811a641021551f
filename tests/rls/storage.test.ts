import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import type { Database } from '../../src/database/database.ts'
import { sqlState } from '../../src/database/failures.ts'
import { type Sql, sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { claimsOf } from './contexts.ts'
import { type Seeded, seedClient } from './seed.ts'

const { owner, staff, authenticator } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const globex = await seedClient(owner, 'canary-globex')
const [own, foreign, site] = [acme.mark, globex.mark, 'public-site']

beforeAll(async () => {
  await owner.script(`
    insert into storage.buckets (id, name, public) values ('${site}', '${site}', true);
    insert into storage.objects (bucket_id, name, metadata)
    select bucket, name, '{"size": 5}'
    from unnest(array['${own}', '${foreign}', '${site}']) bucket, unnest(array['a.txt', 'b/c.txt']) name;
    create policy site_read on storage.objects for select to anon, authenticated using (bucket_id = '${site}');`)
})

/** As the Storage API works for a caller: with its role and claims, and allowed to delete rows. */
function asCaller<Result>(who: Seeded | 'anon', work: (tx: Database) => Promise<Result>): Promise<Result> {
  const actor =
    who === 'anon' ? { role: 'anon', claims: {} } : { role: 'authenticated', claims: claimsOf(who) }
  return actAs(authenticator, actor, async (tx) => {
    await tx.run(sql`select set_config('storage.allow_delete_query', 'true', true)`)
    return work(tx)
  })
}

async function stateOf(work: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  return sqlState(error) ?? sqlState((error as { cause?: unknown } | undefined)?.cause)
}

/** Runs a statement as a caller, takes it back, and gives the rows it touched, or the SQLSTATE of the refusal. */
async function outcome(who: Seeded | 'anon', statement: Sql): Promise<number | string | undefined> {
  let touched: number | undefined
  const state = await stateOf(
    asCaller(who, async (tx) => {
      touched = await tx.run(statement)
      throw new Error('Taken back')
    }),
  )
  return touched ?? state
}

const buckets = async (who: Seeded | 'anon', table: 'objects' | 'buckets') => {
  const column =
    table === 'objects'
      ? sql`select distinct bucket_id as id from storage.objects order by 1`
      : sql`select id from storage.buckets order by 1`
  return (await asCaller(who, (tx) => tx.many<{ id: string }>(column))).map(({ id }) => id)
}

const upload = (bucket: string) =>
  sql`insert into storage.objects (bucket_id, name) values (${bucket}, 'new.txt')`
const download = (bucket: string) => sql`select name from storage.objects where bucket_id = ${bucket}`
const overwrite = (bucket: string) =>
  sql`update storage.objects set metadata = '{}' where bucket_id = ${bucket}`
const move = (from: string, to: string) => sql`
  update storage.objects set bucket_id = ${to}, name = 'moved/' || name where bucket_id = ${from}`
const remove = (bucket: string) => sql`delete from storage.objects where bucket_id = ${bucket}`

test('a member works in its own bucket', async () => {
  expect(await outcome(acme, download(own))).toBe(2)
  expect(await outcome(acme, upload(own))).toBe(1)
  expect(await outcome(acme, overwrite(own))).toBe(2)
  expect(await outcome(acme, remove(own))).toBe(2)
  expect(await buckets(acme, 'buckets')).toEqual([own])
})

/** Everything that must not work, whatever policies the project itself has. */
function refusals() {
  test('a member sees its own files and those the project shows to all', async () => {
    expect(await buckets(acme, 'objects')).toEqual([own, site])
    expect(await buckets('anon', 'objects')).toEqual([site])
  })

  test('a member cannot read, write, overwrite, delete, fetch or drop a file over there', async () => {
    expect(await outcome(acme, download(foreign))).toBe(0)
    expect(await outcome(acme, upload(foreign))).toBe('42501')
    expect(await outcome(acme, overwrite(foreign))).toBe(0)
    expect(await outcome(acme, remove(foreign))).toBe(0)
    expect(await outcome(acme, move(own, foreign))).toBe('42501')
    expect(await outcome(acme, move(foreign, own))).toBe(0)
    expect(await outcome(acme, sql`update storage.objects set bucket_id = ${foreign}`)).toBe('42501')
    expect(
      await outcome(
        acme,
        sql`
      insert into storage.objects (bucket_id, name) values (${foreign}, 'a.txt')
      on conflict (bucket_id, name) do update set metadata = '{}'`,
      ),
    ).toBe('42501')
  })

  test('whoever is not signed in cannot touch a file of any client', async () => {
    for (const bucket of [own, foreign]) {
      expect(await outcome('anon', download(bucket))).toBe(0)
      expect(await outcome('anon', upload(bucket))).toBe('42501')
      expect(await outcome('anon', overwrite(bucket))).toBe(0)
      expect(await outcome('anon', remove(bucket))).toBe(0)
    }
  })

  test('nobody of the API opens, renames, deletes or takes over the bucket of a client', async () => {
    for (const bucket of [own, foreign]) {
      const open = await outcome(acme, sql`update storage.buckets set public = true where id = ${bucket}`)
      expect([0, '42501']).toContain(open)
      const rename = await outcome(
        acme,
        sql`update storage.buckets set id = ${`${bucket}-2`} where id = ${bucket}`,
      )
      expect([0, '42501', '23503']).toContain(rename)
      const drop = await outcome(acme, sql`delete from storage.buckets where id = ${bucket}`)
      expect([0, '23503']).toContain(drop)
      expect(
        await outcome(acme, sql`insert into storage.buckets (id, name) values (${bucket}, ${`${bucket}-x`})`),
      ).toBe('42501')
    }
  })
}

describe('with the policies of flows-db', refusals)

describe('with a policy of the project that opens everything to everybody', () => {
  beforeAll(() =>
    owner.script(`
      create policy careless on storage.objects for all to public using (true) with check (true);
      create policy careless on storage.buckets for all to public using (true) with check (true);`),
  )
  afterAll(() =>
    owner.script('drop policy careless on storage.objects; drop policy careless on storage.buckets;'),
  )
  refusals()

  test('plain buckets of the project keep that policy', async () => {
    expect(await outcome('anon', upload(site))).toBe(1)
    expect(await outcome(acme, move(own, site))).toBe(2)
    expect(
      await outcome(acme, sql`insert into storage.buckets (id, name) values ('another', 'another')`),
    ).toBe(1)
  })
})

test('members of a deactivated client reach no file at once', async () => {
  const change = (status: string, at: Sql) =>
    staff.run(
      sql`update flows.clients set status = ${status}, deactivated_at = ${at} where id = ${acme.clientId}`,
    )
  await change('inactive', sql`now()`)
  expect(await outcome(acme, download(own))).toBe(0)
  expect(await outcome(acme, upload(own))).toBe('42501')
  expect(await outcome(acme, remove(own))).toBe(0)
  expect(await buckets(acme, 'buckets')).toEqual([])
  await change('active', sql`null`)
  expect(await outcome(acme, download(own))).toBe(2)
})

test('files without a sensible size neither count nor stop anybody', async () => {
  const counted = sql`
    select object_count as objects, object_bytes as bytes from flows.client_buckets where bucket_id = ${own}`
  const before = await owner.one<{ objects: number; bytes: number }>(counted)
  const sizes = ['{"size": "many"}', '{"size": -1}', '{"size": 1e99}', '{"size": null}', '7', 'null']
  for (const [index, metadata] of sizes.entries()) {
    for (const bucket of [own, site]) {
      await owner.run(sql`
        insert into storage.objects (bucket_id, name, metadata) values (${bucket}, ${`odd/${index}`}, ${metadata})`)
    }
  }
  expect(await owner.one(counted)).toEqual({ objects: before.objects + sizes.length, bytes: before.bytes })
})

test('a bucket that belongs to a client cannot vanish beneath it, nor be given to another', async () => {
  const gone = owner.transaction(async (tx) => {
    await tx.run(sql`select set_config('storage.allow_delete_query', 'true', true)`)
    await tx.run(sql`delete from storage.objects where bucket_id = ${foreign}`)
    await tx.run(sql`delete from storage.buckets where id = ${foreign}`)
  })
  expect(await stateOf(gone)).toBe('23503')
  const taken = staff.run(sql`select flows_private.add_client_bucket(${acme.clientId}, ${foreign})`)
  expect(await stateOf(taken)).toBe('23505')
  const second = staff.run(sql`select flows_private.add_client_bucket(${acme.clientId}, 'a-second-bucket')`)
  expect(await stateOf(second)).toBe('23505')
})
