import { parseJson } from '../base/json-text.ts'

/** The header of a JWS (RFC 7515) whose every name stands in it once; undefined if it is no such object. */
export function readJwsHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const header = parseJson(bytes)
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return undefined
  return hasRepeatedName(new TextDecoder().decode(bytes)) ? undefined : (header as Record<string, unknown>)
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** Whether any object in a valid JSON text has a name twice, however it is spelled. */
function hasRepeatedName(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let last = ''
  for (const [part] of text.matchAll(token)) {
    if (part === '{') open.push(new Set())
    else if (part === '[') open.push(undefined)
    else if (part === '}' || part === ']') open.pop()
    else if (part === ':') {
      const names = open.at(-1)
      const name: string = JSON.parse(last)
      if (names?.has(name)) return true
      names?.add(name)
    }
    last = part
  }
  return false
}
