/** One statement of a script: its place in the text (UTF-16 offsets, without the semicolon) and its leading words. */
export type Statement = {
  start: number
  end: number
  /** Up to two words in lower case: ["create", "table"]. */
  words: readonly string[]
}

const plain = /\s+|--[^\n]*|[eE]'(?:[^'\\]|\\.|'')*'?|'[^']*'?|"[^"]*"?|[\p{L}_][\p{L}\p{N}_$]*|./suy
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy

/**
 * Finds the statements of a script as the server's own grammar would: quotes, dollar quotes, nested
 * comments and the bodies of SQL-standard functions (`begin atomic ... end`) may hold semicolons.
 */
export function listStatements(text: string): Statement[] {
  const statements: Statement[] = []
  let open: { start: number; words: string[] } | undefined
  let end = 0
  let parentheses = 0
  let blocks = 0
  let word = ''
  for (const token of tokens(text)) {
    const before = word
    word = /^[\p{L}_]/u.test(token.text) ? token.text.toLowerCase() : ''
    if (token.text === ';' && parentheses === 0 && blocks === 0) {
      if (open !== undefined) statements.push({ ...open, end })
      open = undefined
      continue
    }
    open ??= { start: token.start, words: [] }
    end = token.start + token.text.length
    if (word !== '' && open.words.length < 2) open.words.push(word)
    if (token.text === '(') parentheses += 1
    if (token.text === ')') parentheses = Math.max(0, parentheses - 1)
    if ((before === 'begin' && word === 'atomic') || (blocks > 0 && word === 'case')) blocks += 1
    if (blocks > 0 && word === 'end') blocks -= 1
  }
  if (open !== undefined) statements.push({ ...open, end })
  return statements
}

/** Everything but white space and comments. */
function* tokens(text: string): Generator<{ start: number; text: string }> {
  let start = 0
  while (start < text.length) {
    const end = endOfToken(text, start)
    const token = text.slice(start, end)
    if (!/^(?:\s|--|\/\*)/.test(token)) yield { start, text: token }
    start = end
  }
}

function endOfToken(text: string, start: number): number {
  if (text.startsWith('/*', start)) return endOfComment(text, start)
  dollarTag.lastIndex = start
  const tag = dollarTag.exec(text)?.[0]
  if (tag !== undefined) {
    const close = text.indexOf(tag, start + tag.length)
    return close < 0 ? text.length : close + tag.length
  }
  plain.lastIndex = start
  plain.exec(text)
  return plain.lastIndex
}

function endOfComment(text: string, start: number): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return text.length
}
