/** What somebody typed, as a message may repeat it: the typo is seen, but no escapes and no pages of text. */
export function printable(text: string): string {
  const clean = text.replaceAll(/\p{C}/gu, '?')
  return clean.length > 60 ? `${clean.slice(0, 60)}...` : clean
}
