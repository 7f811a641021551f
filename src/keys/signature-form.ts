/** How long a signature is, in bytes. */
export const signatureBytes = { HS256: 32, ES256: 64, EdDSA: 64 } as const

/** The algorithms of signatures (RFC 7518, RFC 8037); a key belongs to one of them. */
export type SigningAlgorithm = keyof typeof signatureBytes

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const half = order >> 1n
const halfBytes = bytesOf(half)

/**
 * Whether an ES256 signature (r | s) is the one of its pair that we mint: r, s and r, n - s are both good, and anyone
 * can turn one into the other, so that only one may be believed to be ours. Runs in browsers too.
 */
export function isLowS(signature: Uint8Array): boolean {
  for (let index = 0; index < 32; index += 1) {
    const difference = (signature[32 + index] ?? 0) - (halfBytes[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}

/** The signature of the pair whose s is low, in place. */
export function toLowS(signature: Uint8Array): void {
  if (isLowS(signature)) return
  let s = 0n
  for (const byte of signature.subarray(32)) s = (s << 8n) | BigInt(byte)
  signature.set(bytesOf(order - s), 32)
}

function bytesOf(number: bigint): Uint8Array {
  const digits = number.toString(16).padStart(64, '0')
  return Uint8Array.from({ length: 32 }, (_, index) =>
    Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16),
  )
}
