import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { onTestFinished } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { tempFolder } from './temp-folder.ts'

/** A Storage API on loopback, and what a client needs to speak to it. */
export type StorageServer = {
  supabaseUrl: string
  supabaseServiceRoleKey: string
  /** How many bytes of files went through it. */
  moved: { in: number; out: number }
  /** Where the contents lie. */
  folder: string
}

/** What the API answers instead of a result: its own status stands in the body, that of HTTP is 400. */
class Refusal extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}

type Call = { db: Database; server: StorageServer; request: IncomingMessage; response: ServerResponse }
type Route = (call: Call, bucketId: string, name: string) => Promise<unknown>

const routes: readonly (readonly [method: string, path: RegExp, route: Route])[] = [
  ['GET', /^\/bucket$/, listBuckets],
  ['GET', /^\/bucket\/([^/]+)$/, getBucket],
  ['DELETE', /^\/bucket\/([^/]+)$/, deleteBucket],
  ['POST', /^\/object\/list\/([^/]+)$/, listLevel],
  ['GET', /^\/object\/([^/]+)\/(.+)$/, download],
  ['POST', /^\/object\/([^/]+)\/(.+)$/, upload],
  ['DELETE', /^\/object\/([^/]+)$/, removeObjects],
]

/**
 * Speaks the endpoints of Supabase Storage that the client's library uses, over the tables of the schema `storage` in
 * a test's database; contents lie in a folder. Closed when the calling test ends.
 */
export async function storageServer(db: Database): Promise<StorageServer> {
  const server: StorageServer = {
    supabaseUrl: '',
    supabaseServiceRoleKey: randomBytes(20).toString('hex'),
    moved: { in: 0, out: 0 },
    folder: tempFolder(),
  }
  const http = createServer((request, response) => {
    void answer({ db, server, request, response })
  })
  // As long as gateways before the real one: a client that is slow for a moment must not write to a closed connection.
  http.keepAliveTimeout = 60_000
  await once(http.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  server.supabaseUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return server
}

async function answer(call: Call): Promise<void> {
  const { request, response, server } = call
  try {
    if (request.headers.authorization !== `Bearer ${server.supabaseServiceRoleKey}`)
      throw new Refusal(403, 'Unauthorized', 'signature verification failed')
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    for (const [method, pattern, route] of routes) {
      const [found, bucketId = '', name = ''] = pattern.exec(pathname.replace('/storage/v1', '')) ?? []
      if (method !== request.method || found === undefined) continue
      const result = await route(call, decodeURIComponent(bucketId), decodeURIComponent(name))
      if (result !== undefined) send(response, 200, result)
      return
    }
    throw new Refusal(404, 'InvalidRequest', `Route ${request.method}:${pathname} not found`)
  } catch (error) {
    const { statusCode, code, message } =
      error instanceof Refusal ? error : new Refusal(500, 'DatabaseError', String(error))
    if (response.headersSent) response.destroy()
    else
      send(response, statusCode === 500 ? 500 : 400, { statusCode: String(statusCode), error: code, message })
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function listBuckets({ db }: Call): Promise<unknown> {
  return db.many(sql`select id, name, public from storage.buckets order by id limit 100`)
}

async function getBucket({ db }: Call, bucketId: string): Promise<unknown> {
  const bucket = await db.maybe(sql`select id, name, public from storage.buckets where id = ${bucketId}`)
  if (bucket === undefined) throw new Refusal(404, 'Bucket not found', 'Bucket not found')
  return bucket
}

async function deleteBucket(call: Call, bucketId: string): Promise<unknown> {
  await getBucket(call, bucketId)
  await deleting(call.db, async (tx) => {
    const { found } = await tx.one<{ found: boolean }>(
      sql`select exists (select from storage.objects where bucket_id = ${bucketId}) as found`,
    )
    if (found) throw new Refusal(409, 'InvalidRequest', 'The bucket you tried to delete is not empty')
    await tx.run(sql`delete from storage.buckets where id = ${bucketId}`)
  })
  return { message: 'Successfully deleted' }
}

type Entry = { name: string; id: string | null; metadata: unknown; updatedAt: string | null }

/** One level of folders, as the API has it: folders have no id. */
async function listLevel({ db, request }: Call, bucketId: string): Promise<unknown> {
  const {
    prefix,
    limit = 100,
    offset = 0,
  } = (await json(request)) as {
    prefix: string
    limit?: number
    offset?: number
  }
  const within = prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`
  const entries = await db.many<Entry>(sql`
    with level as (
      select id, metadata, updated_at, substr(name, length(${within}) + 1) as rest
      from storage.objects
      where bucket_id = ${bucketId} and starts_with(name, ${within}))
    select split_part(rest, '/', 1) as name,
      min(id::text) filter (where position('/' in rest) = 0) as id,
      (array_agg(metadata) filter (where position('/' in rest) = 0))[1] as metadata,
      max(to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as updated_at
    from level
    group by split_part(rest, '/', 1), position('/' in rest) = 0
    order by 1, 2
    limit ${limit} offset ${offset}`)
  return entries.map(({ updatedAt, ...entry }) => ({ ...entry, updated_at: updatedAt }))
}

async function download({ db, server, response }: Call, bucketId: string, name: string): Promise<undefined> {
  const object = await db.maybe<{ id: string; type: string }>(sql`
    select id, metadata ->> 'mimetype' as type from storage.objects where bucket_id = ${bucketId} and name = ${name}`)
  if (object === undefined) throw new Refusal(404, 'not_found', 'Object not found')
  const path = join(server.folder, object.id)
  const { size } = await stat(path)
  response.writeHead(200, { 'content-type': object.type, 'content-length': size })
  server.moved.out += size
  await pipeline(createReadStream(path), response)
}

async function upload({ db, server, request }: Call, bucketId: string, name: string): Promise<unknown> {
  await getBucket({ db } as Call, bucketId)
  const draft = join(server.folder, randomBytes(8).toString('hex'))
  await pipeline(request, createWriteStream(draft))
  const { size } = await stat(draft)
  server.moved.in += size
  const metadata = JSON.stringify({
    size,
    mimetype: request.headers['content-type'],
    cacheControl: request.headers['cache-control'],
  })
  const replaces = request.headers['x-upsert'] === 'true'
  const object = await db.maybe<{ id: string }>(
    replaces
      ? sql`
          insert into storage.objects (bucket_id, name, metadata) values (${bucketId}, ${name}, ${metadata})
          on conflict (bucket_id, name) do update set metadata = excluded.metadata returning id`
      : sql`
          insert into storage.objects (bucket_id, name, metadata) values (${bucketId}, ${name}, ${metadata})
          on conflict (bucket_id, name) do nothing returning id`,
  )
  if (object === undefined) throw new Refusal(409, 'Duplicate', 'The resource already exists')
  await pipeline(createReadStream(draft), createWriteStream(join(server.folder, object.id)))
  return { Id: object.id, Key: `${bucketId}/${name}` }
}

async function removeObjects({ db, request }: Call, bucketId: string): Promise<unknown> {
  const { prefixes } = (await json(request)) as { prefixes: string[] }
  return deleting(db, (tx) =>
    tx.many(sql`
      delete from storage.objects where bucket_id = ${bucketId} and name = any (${prefixes}) returning name, bucket_id`),
  )
}

/** Rows of the schema `storage` may be deleted by the API alone, which says so to the trigger that guards them. */
function deleting<Result>(db: Database, work: (tx: Database) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    await tx.run(sql`select set_config('storage.allow_delete_query', 'true', true)`)
    return work(tx)
  })
}
