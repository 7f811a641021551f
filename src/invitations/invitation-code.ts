import { randomBytes } from 'node:crypto'

// Crockford's base 32: no I, L, O or U, so that a code can be read out over the telephone.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new random code such as 7K3Q-F9XM-2DWA (60 bits). It names an invitation to people and opens nothing. */
export function newInvitationCode(): string {
  const letters = [...randomBytes(12)].map((byte) => alphabet[byte % alphabet.length])
  return [0, 4, 8].map((start) => letters.slice(start, start + 4).join('')).join('-')
}
