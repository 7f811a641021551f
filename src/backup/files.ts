import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { FlowsError } from '../base/errors.ts'
import { downloadObject, listObjects, type StorageApi, type StoredObject } from '../storage/storage-api.ts'
import type { ByteLines } from './byte-lines.ts'
import { cutOff, damaged } from './damaged.ts'
import { endOfFiles, type FileCount, fileDigestMark, fileMark, linesOf } from './format.ts'
import { jsonOf } from './header.ts'
import { piecesOf } from './pieces.ts'

const longestLine = 64 * 1024

const shape = z.strictObject({
  /** The whole path in the bucket. */
  name: z.string().check(z.minLength(1), z.maxLength(8_192)),
  contentType: z.string().check(z.maxLength(1_000)),
  cacheControl: z.string().check(z.maxLength(1_000)),
})

/** A file of the bucket as a backup says it before its content. */
export type BackupFile = z.output<typeof shape>

/** Takes a file's content while it is read. */
export type TakeFile = (file: BackupFile, chunks: AsyncIterable<Buffer>) => Promise<void>

/**
 * The part of a backup that holds what lies in a bucket, each file followed by its size and SHA-256; the generator's
 * result says how much it was. A file that is deleted meanwhile is passed over.
 */
export async function* filesText(
  storage: StorageApi,
  bucketId: string,
  progress: (text: string) => void,
): AsyncGenerator<Buffer, FileCount> {
  const total = { count: 0, bytes: 0 }
  for await (const object of listObjects(storage, bucketId)) {
    const chunks = await begun(downloadObject(storage, bucketId, object.name))
    if (chunks === undefined) continue
    total.count += 1
    total.bytes += yield* fileText(object, chunks)
    if (total.count % 100 === 0) progress(`${total.count} files`)
  }
  yield linesOf([endOfFiles])
  return total
}

async function* fileText(
  { name, contentType, cacheControl }: StoredObject,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, number> {
  yield linesOf([fileMark + JSON.stringify({ name, contentType, cacheControl })])
  const digest = digesting()
  yield* piecesOf(digest.through(chunks))
  yield linesOf([digest.line()])
  return digest.bytes()
}

/** Nothing of a file is written before it is known to be there. */
async function begun(chunks: AsyncGenerator<Buffer, void>): Promise<AsyncIterable<Buffer> | undefined> {
  try {
    const first = await chunks.next()
    return (async function* () {
      if (first.done !== true) yield first.value
      yield* chunks
    })()
  } catch (error) {
    if (error instanceof FlowsError && error.code === 'STORAGE_OBJECT_NOT_FOUND') return undefined
    throw error
  }
}

/** Reads what `filesText` wrote and checks every digest; throws BACKUP_DAMAGED. */
export async function readFiles(text: ByteLines, take: TakeFile | undefined): Promise<FileCount> {
  const total = { count: 0, bytes: 0 }
  for (;;) {
    const line = await text.line(longestLine)
    if (line === endOfFiles) return total
    const file = parseFile(line)
    const digest = digesting()
    const chunks = digest.through(text.pieces())
    if (take !== undefined) await take(file, chunks)
    for await (const _ of chunks);
    if ((await text.line(longestLine)) !== digest.line()) throw damaged('A file in it has another digest')
    total.count += 1
    total.bytes += digest.bytes()
  }
}

/** Counts and digests what flows through, and says it as the line after a file does. */
function digesting() {
  const hash = createHash('sha256')
  let bytes = 0
  let sha256: string | undefined
  return {
    through: async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    },
    bytes: () => bytes,
    line: () => {
      sha256 ??= hash.digest('hex')
      return fileDigestMark + JSON.stringify({ bytes, sha256 })
    },
  }
}

function parseFile(line: string | undefined): BackupFile {
  if (line?.startsWith(fileMark) === true) {
    const text = line.slice(fileMark.length)
    const parsed = z.safeParse(shape, jsonOf(text))
    if (parsed.success && JSON.stringify(parsed.data) === text) return parsed.data
  }
  throw damaged(line === undefined ? cutOff : 'A line stands in it that no backup has')
}
