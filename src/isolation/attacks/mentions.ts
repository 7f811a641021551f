import { toTheLetter } from '../to-the-letter.ts'
/** Whether a text names something as a word of its own. */
export function mentions(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\w])${toTheLetter(word)}([^\\w]|$)`, 'i').test(text)
}
