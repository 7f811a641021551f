/** Whether a text names something as a word of its own. */
export function mentions(text: string, word: string): boolean {
  return new RegExp(`(^|[^\\w])${word.replace(/[^\w]/g, '\\$&')}([^\\w]|$)`, 'i').test(text)
}
