import { createReadStream } from 'node:fs'
import { FlowsError } from '../base/errors.ts'
import { downloadObject, type StorageApi } from '../storage/storage-api.ts'
import { ageMark, ageOpened } from './age.ts'
import { isBucketAddress, parseBucketAddress, reachedBy } from './bucket-address.ts'
import { type Compression, decompressed } from './compression.ts'
import { sealMark, unsealed } from './encryption.ts'
import { magic } from './format.ts'

const longestMark = 64

/** What opens a backup: the passphrase, or the identities of age, that it is sealed with; and what reaches it in a bucket. */
export type Opening = {
  passphrase?: string | undefined
  identities?: readonly string[] | undefined
  storage?: StorageApi | undefined
}

/**
 * The text of a backup, a file or `bucket:<bucket>/<path>`, opened and unpacked as its content asks for, whatever the file is called. Throws
 * FILE_UNREADABLE, BACKUP_PASSPHRASE_MISSING, BACKUP_PASSPHRASE_WRONG, BACKUP_IDENTITY_MISSING, BACKUP_IDENTITY_WRONG,
 * BACKUP_FOREIGN or BACKUP_DAMAGED.
 */
export async function* backupSource(path: string, opening: Opening = {}): AsyncGenerator<Buffer, void> {
  const { first: mark, chunks: bytes } = await peek(bytesOf(path, opening))
  const { first, chunks } = await peek(opened(mark, bytes, opening))
  yield* decompressed(chunks, compressionOf(first))
}

function opened(
  mark: Buffer,
  bytes: AsyncGenerator<Buffer, void>,
  { passphrase, identities }: Opening,
): AsyncGenerator<Buffer, void> {
  const begins = (prefix: Buffer) => mark.subarray(0, prefix.length).equals(prefix)
  if (begins(sealMark)) {
    if (passphrase !== undefined) return unsealed(bytes, passphrase)
    throw new FlowsError('BACKUP_PASSPHRASE_MISSING', 'The backup is encrypted', {
      hint: 'Name the file with its passphrase: --passphrase-file',
    })
  }
  if (begins(ageMark)) {
    if (identities !== undefined) return ageOpened(bytes, identities)
    throw new FlowsError('BACKUP_IDENTITY_MISSING', 'The backup is encrypted for a recipient', {
      hint: "Name the file with the recipient's identity: --identity-file",
    })
  }
  return bytes
}

// Brotli has no mark of its own, so it is what remains; text that is none does not unpack.
function compressionOf(first: Buffer): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  const text = first.subarray(0, magic.length).toString('latin1')
  return magic.startsWith(text) ? 'none' : 'brotli'
}

/** The first bytes, enough of them to tell what they are unless there are fewer, and all of them again. */
async function peek(
  chunks: AsyncGenerator<Buffer, void>,
): Promise<{ first: Buffer; chunks: AsyncGenerator<Buffer, void> }> {
  let first = Buffer.alloc(0)
  while (first.length < longestMark) {
    const { value, done } = await chunks.next()
    if (done === true) break
    first = Buffer.concat([first, value])
  }
  const again = async function* () {
    try {
      yield first
      yield* chunks
    } finally {
      await chunks.return()
    }
  }
  return { first, chunks: again() }
}

function bytesOf(path: string, { storage }: Opening): AsyncGenerator<Buffer, void> {
  if (!isBucketAddress(path)) return readFile(path)
  const { bucketId, path: name } = parseBucketAddress(path)
  return downloadObject(reachedBy(storage), bucketId, name)
}

async function* readFile(path: string): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) yield chunk
  } catch (cause) {
    throw new FlowsError('FILE_UNREADABLE', `The file ${path} cannot be read`, {
      hint: 'Check the path and its permissions; backup:list shows what there is.',
      cause,
    })
  }
}
