import { decodeBase64url } from './base64url.ts'

// With ignoreBOM a byte order mark stays in the text, where JSON refuses it.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The JSON value of one part of a token; undefined unless it is canonical base64url of valid UTF-8 of a JSON text
 * that is its own re-serialisation: no name twice, no blanks, no byte order mark, no second spelling of a number.
 */
export function readJsonPart(part: string): unknown {
  const bytes = decodeBase64url(part)
  if (bytes === undefined) return undefined
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return JSON.stringify(value) === text ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}
