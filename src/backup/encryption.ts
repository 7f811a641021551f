import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { FlowsError } from '../base/errors.ts'
import { cutOff, damaged } from './damaged.ts'

/** What an encrypted backup begins with. */
export const sealMark = Buffer.from('flows-db sealed backup 1\n')

const saltBytes = 16
const chunkBytes = 64 * 1024
const tagBytes = 16

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

/** 128 MiB and about a third of a second for each attempt at guessing (RFC 7914). */
function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  return derive(passphrase, salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 })
}

/**
 * Seals chunks under a passphrase: mark, salt, then chunks of 64 KiB under AES-256-GCM. Each chunk's nonce is its
 * number and whether it is the last (STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so that chunks can be
 * neither moved nor cut off. A salt, and with it a key, is used once.
 */
export async function* sealed(
  chunks: AsyncIterable<Buffer>,
  passphrase: string,
): AsyncGenerator<Buffer, void> {
  const salt = randomBytes(saltBytes)
  const key = await keyOf(passphrase, salt)
  yield Buffer.concat([sealMark, salt])
  let number = 0
  for await (const { bytes, last } of blocks(chunks, chunkBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, last), { authTagLength: tagBytes })
    cipher.setAAD(sealMark)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    number += 1
  }
}

/** Opens what `sealed` made; throws BACKUP_PASSPHRASE_WRONG or BACKUP_DAMAGED. Gives nothing out unverified. */
export async function* unsealed(
  chunks: AsyncIterable<Buffer>,
  passphrase: string,
): AsyncGenerator<Buffer, void> {
  const prefix = sealMark.length + saltBytes
  let key: Buffer | undefined
  let number = 0
  const body = async function* () {
    let head = Buffer.alloc(0)
    for await (const chunk of chunks) {
      if (key !== undefined) yield chunk
      else {
        head = Buffer.concat([head, chunk])
        if (head.length < prefix) continue
        key = await keyOf(passphrase, head.subarray(sealMark.length, prefix))
        yield head.subarray(prefix)
      }
    }
  }
  for await (const { bytes, last } of blocks(body(), chunkBytes + tagBytes)) {
    if (key === undefined || bytes.length < tagBytes) throw damaged(cutOff)
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, last), { authTagLength: tagBytes })
    decipher.setAAD(sealMark)
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const opened = decipher.update(bytes.subarray(0, -tagBytes))
    try {
      decipher.final()
    } catch (cause) {
      throw number === 0
        ? wrongPassphrase(cause)
        : damaged('A part of it was changed, moved or cut off', cause)
    }
    yield opened
    number += 1
  }
}

/** Cuts chunks into blocks of one size, of which the last may be shorter, also empty; always at least one. */
async function* blocks(
  chunks: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }, void> {
  let parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.length
    // The last block is known only when nothing follows it, so one is always kept back.
    if (length <= size) continue
    const joined = Buffer.concat(parts)
    let at = 0
    for (; length - at > size; at += size) yield { bytes: joined.subarray(at, at + size), last: false }
    parts = [joined.subarray(at)]
    length -= at
  }
  yield { bytes: Buffer.concat(parts), last: true }
}

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = last ? 1 : 0
  return nonce
}

function wrongPassphrase(cause: unknown): FlowsError {
  return new FlowsError(
    'BACKUP_PASSPHRASE_WRONG',
    'This passphrase does not open the backup, or it is damaged',
    {
      hint: 'Nothing was changed. Name the file with the right passphrase: --passphrase-file',
      cause,
    },
  )
}

/** Throws BACKUP_PASSPHRASE_WEAK for a passphrase that can be guessed although each attempt is slow. */
export function checkPassphrase(passphrase: string): void {
  if (passphrase.length >= 12) return
  throw new FlowsError('BACKUP_PASSPHRASE_WEAK', 'The passphrase has fewer than 12 characters', {
    hint: 'Make one with: openssl rand -base64 24',
  })
}
