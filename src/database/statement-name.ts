import { createHash } from 'node:crypto'

const names = new Map<string, string>()

/**
 * The name under which a statement's text is prepared on the server: the same for the same text, 96 bits of its
 * SHA-256. Names are kept: texts depend on the program's templates alone, so there are only so many.
 */
export function statementName(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `flows_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
  names.set(text, name)
  return name
}
