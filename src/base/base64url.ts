const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const strange = 64

// Six bits a character. With room for every code below 256, so that a lookup never misses.
const sixBits = new Uint8Array(256).fill(strange)
for (let index = 0; index < alphabet.length; index += 1) sixBits[alphabet.charCodeAt(index)] = index

function bitsAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  return code < 256 ? (sixBits[code] as number) : strange
}

/**
 * The bytes of a base64url text (RFC 4648 section 5) in its one canonical spelling: no padding, no blanks, unused bits
 * zero; undefined for any other spelling. Runs in browsers too.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const left = text.length % 4
  if (left === 1) return undefined
  const bytes = new Uint8Array((text.length * 3) >> 2)
  const whole = text.length - left
  let seen = 0
  let at = 0
  for (let index = 0; index < whole; index += 4) {
    const a = bitsAt(text, index)
    const b = bitsAt(text, index + 1)
    const c = bitsAt(text, index + 2)
    const d = bitsAt(text, index + 3)
    seen |= a | b | c | d
    bytes[at] = (a << 2) | (b >> 4)
    bytes[at + 1] = (b << 4) | (c >> 2)
    bytes[at + 2] = (c << 6) | d
    at += 3
  }
  if (left === 0) return seen < strange ? bytes : undefined
  const a = bitsAt(text, whole)
  const b = bitsAt(text, whole + 1)
  const c = left === 3 ? bitsAt(text, whole + 2) : 0
  const unused = left === 3 ? c & 0b11 : b & 0b1111
  if ((seen | a | b | c) >= strange || unused !== 0) return undefined
  bytes[at] = (a << 2) | (b >> 4)
  if (left === 3) bytes[at + 1] = (b << 4) | (c >> 2)
  return bytes
}

const spelled = /^[A-Za-z0-9_-]*$/
const lastOfOneByte = 'AQgw'
const lastOfTwoBytes = 'AEIMQUYcgkosw048'

/** How many bytes a canonical base64url text stands for, without decoding it; undefined for any other text. */
export function base64urlLength(text: string): number | undefined {
  return spelled.test(text) ? lengthOfSpelled(text) : undefined
}

/** As `base64urlLength`, for a text that is known to have no character beyond the alphabet of base64url. */
export function lengthOfSpelled(text: string): number | undefined {
  const left = text.length % 4
  const last = text.charAt(text.length - 1)
  if (left === 1) return undefined
  if (left === 2 && !lastOfOneByte.includes(last)) return undefined
  if (left === 3 && !lastOfTwoBytes.includes(last)) return undefined
  return (text.length * 3) >> 2
}
