import { createHash, timingSafeEqual } from 'node:crypto'

/** The SHA-256 of a token, which is all that the database knows of it. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Whether two hashes or MACs are equal, in time that tells nothing of where they differ. */
export function equalBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
