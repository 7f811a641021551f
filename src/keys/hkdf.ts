import { createHmac, type KeyObject } from 'node:crypto'

const hashBytes = 32

/**
 * The pseudorandom key of HKDF-SHA256 (RFC 5869 section 2.2). Written out, since one extraction serves several keys and
 * each step is cheaper than `hkdfSync`.
 */
export function extractKey(key: Uint8Array | KeyObject, salt: Uint8Array): Buffer {
  const material = key instanceof Uint8Array ? key : key.export()
  return createHmac('sha256', salt).update(material).digest()
}

/** Keying material of HKDF-SHA256 (RFC 5869 section 2.3) from a pseudorandom key, at most 8160 bytes. */
export function expandKey(extracted: Uint8Array, info: Uint8Array, length = hashBytes): Buffer {
  if (length > 255 * hashBytes) throw new RangeError('HKDF-SHA256 gives at most 8160 bytes')
  const blocks: Buffer[] = []
  for (let count = 1; (count - 1) * hashBytes < length; count += 1) {
    const hmac = createHmac('sha256', extracted)
    const before = blocks.at(-1)
    if (before !== undefined) hmac.update(before)
    blocks.push(hmac.update(info).update(Uint8Array.of(count)).digest())
  }
  return blocks.length === 1 && length === hashBytes ? (blocks[0] as Buffer) : Buffer.concat(blocks, length)
}
