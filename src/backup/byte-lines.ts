import { cutOff, damaged } from './damaged.ts'
import { pieceLength } from './pieces.ts'

const newline = 0x0a
const backslash = 0x5c
const dot = 0x2e

/** Lines and rows of a stream of bytes, of which never more than a chunk and the start of a line are held. */
export class ByteLines {
  readonly #source: AsyncIterator<Buffer>
  readonly #note: (bytes: Buffer) => void
  #ahead: Buffer = Buffer.alloc(0)
  /** How many bytes were taken. */
  position = 0
  /** How many rows the last table had. */
  rowsOfTable = 0

  /** `note` is told of all bytes as they are taken. */
  constructor(chunks: AsyncIterable<Buffer>, note: (bytes: Buffer) => void) {
    this.#source = chunks[Symbol.asyncIterator]()
    this.#note = note
  }

  /** The next line without its end; undefined where there is none, or only a part of one; cut off when too long. */
  async line(longest: number): Promise<string | undefined> {
    const parts: Buffer[] = []
    for (let length = 0; ; ) {
      const end = this.#ahead.indexOf(newline)
      if (end !== -1) {
        parts.push(this.#take(end + 1).subarray(0, end))
        return Buffer.concat(parts).toString('utf8')
      }
      length += this.#ahead.length
      parts.push(this.#take(this.#ahead.length))
      if (length > longest) return Buffer.concat(parts).toString('utf8', 0, longest)
      if (!(await this.#more())) return undefined
    }
  }

  /** Whether nothing follows. */
  async atEnd(): Promise<boolean> {
    return this.#ahead.length === 0 && !(await this.#more())
  }

  /**
   * The rows up to the line `\.`, which is taken too. Each must begin with `owner`, whole as a field.
   * `note` is told of the rows alone.
   */
  async *rows(owner: Buffer, table: string, note: (bytes: Buffer) => void): AsyncGenerator<Buffer, void> {
    this.rowsOfTable = 0
    const shortest = owner.length + 1
    let insideRow = false
    for (;;) {
      const ahead = this.#ahead
      let at = 0
      let ended = false
      while (at < ahead.length) {
        if (!insideRow) {
          if (ahead[at] === backslash && ahead[at + 1] === dot && ahead[at + 2] === newline) {
            ended = true
            break
          }
          if (ahead.length - at < shortest) break
          const after = ahead[at + owner.length]
          const own =
            owner.compare(ahead, at, at + owner.length) === 0 && (after === 0x09 || after === newline)
          if (!own) throw damaged(`A row of ${table} does not belong to the client`)
          this.rowsOfTable += 1
        }
        const end = ahead.indexOf(newline, at)
        insideRow = end === -1
        at = insideRow ? ahead.length : end + 1
      }
      if (at > 0) {
        const rows = this.#take(at)
        note(rows)
        yield rows
      }
      if (ended) {
        this.#take(3)
        return
      }
      if (!(await this.#more())) throw damaged(cutOff)
    }
  }

  /** The bytes of what `piecesOf` wrote; what ends it is taken too. */
  async *pieces(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const length = pieceLength(await this.line(10))
      if (length === undefined) throw damaged('A part of it has no length')
      if (length === 0) return
      for (let left = length; left > 0; ) {
        if (this.#ahead.length === 0 && !(await this.#more())) throw damaged(cutOff)
        const piece = this.#take(Math.min(left, this.#ahead.length))
        left -= piece.length
        if (piece.length > 0) yield piece
      }
    }
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  #take(length: number): Buffer {
    const taken = this.#ahead.subarray(0, length)
    this.#ahead = this.#ahead.subarray(length)
    this.#note(taken)
    this.position += length
    return taken
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next()
    if (done === true) return false
    this.#ahead = this.#ahead.length === 0 ? value : Buffer.concat([this.#ahead, value])
    return true
  }
}
