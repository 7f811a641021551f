// With ignoreBOM a byte order mark stays in the text, where JSON refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const quote = 0x22
const backslash = 0x5c
const letterE = 0x65
const colon = 0x3a
const comma = 0x2c
const minus = 0x2d
const dot = 0x2e

/** The JSON value that bytes spell in valid UTF-8; undefined for anything else. Runs in browsers too. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/**
 * The JSON value of bytes that are its own re-serialisation: no name twice, no blanks, no byte order mark, no second
 * spelling of a number or a character; undefined for anything else. No name may look like an array's index.
 */
export function parseCanonicalJson(bytes: Uint8Array): unknown {
  const value = parseJson(bytes)
  if (value === undefined) return undefined
  const quotes = plainQuotes(bytes)
  // Each string has two quotes, so that one more than the value has means that a name came twice.
  if (quotes !== undefined) return quotes === 2 * countStrings(value) ? value : undefined
  return JSON.stringify(value) === utf8.decode(bytes) ? value : undefined
}

/**
 * How many quotes a valid JSON text has, if it holds nothing that has a second spelling but names: no escape, no blank
 * between tokens, no fraction, exponent or sign. Undefined if it does, which does not yet mean that it is wrong.
 */
function plainQuotes(bytes: Uint8Array): number | undefined {
  let quotes = 0
  let before = 0
  // By index: an iterator takes several times as long, and this is a good part of the check of a token.
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] as number
    if (byte === quote) quotes += 1
    else if (byte === backslash) return undefined
    else if ((quotes & 1) === 0) {
      // Blanks and the plus sign lie below the comma, the minus sign and the dot right above it.
      const isOdd = byte < comma || byte === minus || byte === dot
      const isExponent = (byte | 0x20) === letterE && before < colon
      if (isOdd || isExponent) return undefined
    }
    before = byte
  }
  return quotes
}

function countStrings(value: unknown): number {
  if (typeof value === 'string') return 1
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += countStrings(item)
  // All names are own ones: the value was parsed, and its prototype has nothing that can be counted.
  else for (const name in value) count += 1 + countStrings((value as Record<string, unknown>)[name])
  return count
}
