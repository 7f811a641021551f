const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v' }

/** The rows of COPY text, one after another, as they stand there; never more than a row and a chunk is held. */
export async function* copyLines<Result>(
  chunks: AsyncGenerator<Buffer, Result>,
): AsyncGenerator<string, Result> {
  const parts: Buffer[] = []
  try {
    for (;;) {
      const step = await chunks.next()
      if (step.done === true) return step.value
      let from = 0
      for (let at = step.value.indexOf(0x0a); at !== -1; at = step.value.indexOf(0x0a, from)) {
        parts.push(step.value.subarray(from, at))
        yield (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString()
        parts.length = 0
        from = at + 1
      }
      if (from < step.value.length) parts.push(step.value.subarray(from))
    }
  } finally {
    await chunks.return(undefined as Result)
  }
}

/** A field of COPY text as it was in the database; null for a null. */
export function copyField(text: string): string | null {
  if (text === '\\N') return null
  return text.includes('\\') ? text.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter) : text
}
