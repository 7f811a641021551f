import { randomBytes, randomInt } from 'node:crypto'

/** The marks that every value of one seeded client bears, so that it is known again wherever it turns up. */
export type Tag = {
  /** In texts, uuids (the node) and bytes: twelve hexadecimal digits. */
  text: string
  /** The first eight digits of its numbers, which have ten. */
  number: number
  /** The microseconds of its times. */
  micros: number
}

/** Draws marks that nothing else in the database has. */
export function drawTag(): Tag {
  return {
    text: `e${randomBytes(6).toString('hex').slice(1)}`,
    number: randomInt(11_000_000, 21_000_000),
    micros: randomInt(100_001, 999_999),
  }
}

/** A regular expression, for PostgreSQL and JavaScript alike, that finds a client's values; `key` is that of one that exists. */
export function patternOf({ text, number, micros }: Tag, key?: string): string {
  return `${text}|(^|[^0-9])${number}[0-9]{2}([^0-9]|$)|[.]${micros}${keyPattern(key)}`
}

function keyPattern(key: string | undefined): string {
  if (key === undefined) return ''
  return `|(^|[^0-9a-zA-Z-])${key.replace(/[^0-9a-zA-Z-]/g, '[$&]')}([^0-9a-zA-Z-]|$)`
}

/** Finds a client's values, but not those of the other client, whose texts begin with them. */
export function ownPatternOf(own: Tag, other: Tag, key?: string): string {
  return `${own.text}(?!-${other.text})|(^|[^0-9])${own.number}[0-9]{2}([^0-9]|$)|[.]${own.micros}${keyPattern(key)}`
}

/** The marked values in a text that whoever asked did not put there himself. */
export function leakedTokens(text: string, pattern: string, supplied: string): string[] {
  const known = supplied.toLowerCase()
  const tokens = text.match(new RegExp(`[\\w.-]*(?:${pattern})[\\w.-]*`, 'gi')) ?? []
  return tokens.filter((token) => !known.includes(token.replace(/^[^\w]+|[^\w]+$/g, '').toLowerCase()))
}
