/** What a text can look like that speaks of a person. */
export const shapeNames = [
  'e-mail address',
  'phone number',
  'Danish CPR number',
  'Dutch BSN',
  'German tax id',
  'US social security number',
  'IBAN',
] as const

/** One of them. */
export type ShapeName = (typeof shapeNames)[number]

type Shape = { name: ShapeName; pattern: RegExp; isIt?: (digits: string, match: string) => boolean }

/**
 * What programs write and people do not: ids, digests, moments, numbers with a fraction, and versions. Taken out first,
 * since digits enough fit any number of a person.
 */
const machineText = [
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s?(Z\b|[+-]\d\d(:?\d\d)?\b)?/g,
  /\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{16,}\b/gi,
  /(?<!\d)\d{1,6}(?:[.]\d{1,6}){3}(?:\/\d{1,3})?/g,
  /\b(?=[A-Za-z0-9_]*[A-Za-z])(?=[A-Za-z0-9_]*\d)[A-Za-z0-9_]{16,}\b/g,
  /(?<!\d)\d{0,20}[.]\d{4,}/g,
]

// No digit, letter, dash or dot beside it: a number inside another number or word is none.
const alone = (inner: string) => new RegExp(`(?<![\\w.+-])${inner}(?![\\w-]|[.]\\d)`, 'g')

const shapes: readonly Shape[] = [
  {
    name: 'e-mail address',
    pattern:
      /[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,63}/gu,
  },
  {
    name: 'IBAN',
    pattern: alone('[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{2,4}){3,8}'),
    isIt: (_, match) => isIban(match),
  },
  {
    name: 'Danish CPR number',
    pattern: alone('\\d{6}[- ]?\\d{4}'),
    isIt: (digits, match) => isCprDate(digits) && (match.length === 11 || hasCprRemainder(digits)),
  },
  {
    name: 'US social security number',
    pattern: alone('\\d{3}-\\d{2}-\\d{4}'),
    isIt: (digits) => !/^(000|666|9)|^...00|0000$/.test(digits),
  },
  {
    name: 'Dutch BSN',
    pattern: alone('(?:\\d{9}|\\d{4}[. ]\\d{2}[. ]\\d{3})'),
    isIt: isBsn,
  },
  {
    name: 'German tax id',
    pattern: alone('[1-9]\\d(?: ?\\d{3}){3}'),
    isIt: isGermanTaxId,
  },
  {
    name: 'phone number',
    pattern:
      /(?<![\w.+-])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)|(?<![\w.-])\(\d{3}\) ?\d{3}-\d{4}(?!\d)/g,
    isIt: (digits) => digits.length >= 8 && digits.length <= 17,
  },
]

/** From this shape on, digits decide alone. */
const firstNumber = 'Danish CPR number'

/** Which shapes a text has in it. A number that passes one check is not looked at for the next. */
export function personalShapes(text: string): ShapeName[] {
  if (text.length < 5) return []
  let rest = text
  const found: ShapeName[] = []
  for (const { name, pattern, isIt } of shapes) {
    if (name === firstNumber) rest = withoutMachineText(rest)
    rest = rest.replace(pattern, (match) => {
      if (isIt !== undefined && !isIt(match.replace(/\D/g, ''), match)) return match
      if (!found.includes(name)) found.push(name)
      return ' '
    })
  }
  return found
}

function withoutMachineText(text: string): string {
  return machineText.reduce((rest, pattern) => rest.replace(pattern, ' '), text)
}

/** A day and a month there are, as the first six digits DDMMYY say it. */
function isCprDate(digits: string): boolean {
  const [day, month] = [Number(digits.slice(0, 2)), Number(digits.slice(2, 4))]
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= (new Date(Date.UTC(2000, month, 0)).getUTCDate() ?? 0)
  )
}

/** The check that every number before 2007 passes; without the dash nothing else tells it from a count. */
function hasCprRemainder(digits: string): boolean {
  return weighed(digits, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0
}

/** The test of eleven: weights 9 to 2, and the last digit counts as minus one. */
function isBsn(digits: string): boolean {
  return !/^(\d)\1+$/.test(digits) && weighed(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0
}

/** ISO 7064, MOD 11,10, and of the first ten digits one comes two or three times. */
function isGermanTaxId(digits: string): boolean {
  const counts = [...'0123456789'].map((digit) => digits.slice(0, 10).split(digit).length - 1)
  const repeated = counts.filter((count) => count > 1)
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3) return false
  let product = 10
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === Number(digits[10])
}

/** How long an IBAN of a country is, for those in SEPA (the IBAN registry of SWIFT). */
const ibanLengths: Readonly<Record<string, number>> = {
  AD: 24,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  VA: 22,
}

/** ISO 7064, MOD 97,10, after the first four characters were moved to the end. */
function isIban(match: string): boolean {
  const text = match.replaceAll(' ', '')
  if (ibanLengths[text.slice(0, 2)] !== text.length) return false
  const numbers = `${text.slice(4)}${text.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  let remainder = 0
  for (const digit of numbers) remainder = (remainder * 10 + Number(digit)) % 97
  return remainder === 1
}

function weighed(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0)
}
