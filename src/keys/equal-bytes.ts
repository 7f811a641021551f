import { timingSafeEqual } from 'node:crypto'

/** Whether two hashes or MACs are equal, in time that tells nothing of where they differ. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
