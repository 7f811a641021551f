import { domainToASCII } from 'node:url'

/**
 * The form in which two spellings of one e-mail address are equal (NFKC, blanks around it off, lower case, the domain
 * in IDNA's ASCII); undefined if the text is no address, or one that only looks like another: with a control,
 * zero-width or blank character in it, or a letter that folds into ASCII without being ASCII, such as KELVIN SIGN.
 */
export function normalAddress(text: string): string | undefined {
  if (/\p{Cf}/u.test(text)) return undefined
  const trimmed = text.trim()
  if (/[\p{C}\p{Z}]/u.test(trimmed) || [...trimmed].some(foldsIntoAscii)) return undefined
  const [local = '', domain = '', ...more] = trimmed.normalize('NFKC').split('@')
  const host = domainToASCII(domain)
  if (local === '' || host === '' || more.length > 0) return undefined
  return `${local.toLowerCase().normalize('NFKC')}@${host.toLowerCase()}`
}

function foldsIntoAscii(character: string): boolean {
  return character > '\u007f' && /[\u0021-\u007e]/.test(character.normalize('NFKC').toLowerCase())
}
