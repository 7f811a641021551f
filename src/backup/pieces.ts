const pieceBytes = 256 * 1024

/**
 * Bytes of unknown length, cut into pieces of which each follows a line with its length in hexadecimal digits; the
 * length 0 ends them. So whatever they hold, their end cannot be mistaken.
 */
export async function* piecesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let gathered: Buffer[] = []
  let length = 0
  const piece = () => {
    const bytes = Buffer.concat([Buffer.from(`${length.toString(16)}\n`), ...gathered])
    gathered = []
    length = 0
    return bytes
  }
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    gathered.push(chunk)
    length += chunk.length
    if (length >= pieceBytes) yield piece()
  }
  if (length > 0) yield piece()
  yield Buffer.from('0\n')
}

/** The length that a line before a piece says; undefined for a line that is none. */
export function pieceLength(line: string | undefined): number | undefined {
  return line !== undefined && /^(0|[1-9a-f][0-9a-f]{0,8})$/.test(line)
    ? Number.parseInt(line, 16)
    : undefined
}
