import { createHash } from 'node:crypto'

/** The SHA-256 of a token, which is all that the database knows of it. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
