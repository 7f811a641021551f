import { createReadStream } from 'node:fs'
import { FlowsError } from '../base/errors.ts'
import { type Compression, decompressed } from './compression.ts'
import { sealMark, unsealed } from './encryption.ts'
import { magic } from './format.ts'

/** What opens a backup. */
export type Opening = { passphrase?: string | undefined }

/**
 * The text of a backup file, opened and unpacked as its content asks for, whatever the file is called. Throws
 * FILE_UNREADABLE, BACKUP_PASSPHRASE_MISSING, BACKUP_PASSPHRASE_WRONG, BACKUP_FOREIGN or BACKUP_DAMAGED.
 */
export async function* backupSource(
  path: string,
  { passphrase }: Opening = {},
): AsyncGenerator<Buffer, void> {
  const { encrypted, bytes } = await detectSeal(path)
  if (encrypted && passphrase === undefined) {
    throw new FlowsError('BACKUP_PASSPHRASE_MISSING', 'The backup is encrypted', {
      hint: 'Name the file with its passphrase: --passphrase-file',
    })
  }
  const opened = encrypted && passphrase !== undefined ? unsealed(bytes, passphrase) : bytes
  const { first, chunks } = await peek(opened)
  yield* decompressed(chunks, compressionOf(first))
}

/** Whether a file is an encrypted backup; throws FILE_UNREADABLE. */
export async function isEncrypted(path: string): Promise<boolean> {
  const { encrypted, bytes } = await detectSeal(path)
  await bytes.return()
  return encrypted
}

async function detectSeal(
  path: string,
): Promise<{ encrypted: boolean; bytes: AsyncGenerator<Buffer, void> }> {
  const { first, chunks } = await peek(readFile(path))
  return { encrypted: first.subarray(0, sealMark.length).equals(sealMark), bytes: chunks }
}

// Brotli has no mark of its own, so it is what remains; text that is none does not unpack.
function compressionOf(first: Buffer): Compression {
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip'
  const text = first.subarray(0, magic.length).toString('latin1')
  return magic.startsWith(text) ? 'none' : 'brotli'
}

async function peek(
  chunks: AsyncGenerator<Buffer, void>,
): Promise<{ first: Buffer; chunks: AsyncGenerator<Buffer, void> }> {
  const { value: first = Buffer.alloc(0) } = await chunks.next()
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
