import { createHash, type Hash } from 'node:crypto'
import type { LogEnd } from './ingest.queries.ts'

/** A line of a log: its text without the end, or undefined where it is longer than a line may be. */
export type LogLine = Readonly<{ number: number; text: string | undefined }>

/** Reads a log as bytes come, and knows at each line how far it is and the digest of all that lies before. */
export type LogReader = {
  /** The first line, up to a mebibyte of it: what tells one log from another. Empty for an empty log. */
  firstLine(): Promise<Buffer>
  /** Reads over so many bytes without looking at them, and gives how many lines they begin; undefined if the log ends before. */
  skip(end: Omit<LogEnd, 'digest'>): Promise<number | undefined>
  /**
   * The next line; undefined at the end. A last line without an end is taken if `isWhole` says so, else left for a
   * time when the rest of it was written.
   */
  next(isWhole: (text: string) => boolean): Promise<LogLine | undefined>
  /** How far the log has been read: all bytes of the lines taken, and how many of these lines have an end. */
  end(): LogEnd
  /** Whether a last line was left. */
  unfinished(): boolean
}

const longestLine = 1_048_576
const lineFeed = 10

/** Reads a stream of bytes by lines, holding no more than the longest line a log may have. */
export function readLog(input: AsyncIterable<Buffer | string>): LogReader {
  const chunks = input[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  // What was read and not taken yet lies in `room` from `from` to `until`.
  let room = Buffer.allocUnsafe(1 << 18)
  let [from, until] = [0, 0]
  let ended = false
  let unfinished = false
  const at = { bytes: 0, lines: 0 }

  /** Gets more bytes; false at the end. Room is doubled when it is short, so that small pieces cost no more than large. */
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next()
    if (done === true) {
      ended = true
      return false
    }
    const chunk = typeof value === 'string' ? Buffer.from(value) : value
    const wanted = until - from + chunk.length
    if (until + chunk.length > room.length) {
      const larger = wanted * 2 > room.length ? Buffer.allocUnsafe(wanted * 2) : room
      room.copy(larger, 0, from, until)
      room = larger
      until -= from
      from = 0
    }
    until += chunk.copy(room, until)
    return true
  }
  const take = (length: number): Buffer => {
    const taken = room.subarray(from, from + length)
    hash.update(taken)
    from += length
    at.bytes += length
    return taken
  }
  /** Where the next line ends, the line feed included; 0 where the log ends before. */
  const findEnd = async (): Promise<number> => {
    let searched = 0
    for (;;) {
      const place = room.subarray(from + searched, until).indexOf(lineFeed)
      if (place !== -1) return searched + place + 1
      searched = until - from
      if (searched > longestLine || ended || !(await more())) return 0
    }
  }
  /** Takes the remainder of a line that is too long. */
  const takeLongLine = async (): Promise<void> => {
    for (;;) {
      const place = room.subarray(from, until).indexOf(lineFeed)
      if (place !== -1) {
        take(place + 1)
        return
      }
      take(until - from)
      if (ended || !(await more())) return
    }
  }

  return {
    firstLine: async () => {
      const length = await findEnd()
      return room.subarray(from, length === 0 ? Math.min(until, from + longestLine) : from + length - 1)
    },
    skip: async ({ bytes, lines }) => {
      while (at.bytes < bytes) {
        if (from === until && !(await more())) return undefined
        take(Math.min(until - from, bytes - at.bytes))
      }
      at.lines = lines
      return room[from - 1] === lineFeed ? lines : lines + 1
    },
    next: async (isWhole) => {
      const length = await findEnd()
      if (length > 0 && length <= longestLine) {
        at.lines += 1
        return { number: at.lines, text: take(length).toString('utf8', 0, length - 1) }
      }
      if (length > 0 || until - from > longestLine) {
        await takeLongLine()
        at.lines += 1
        return { number: at.lines, text: undefined }
      }
      const text = room.toString('utf8', from, until)
      if (text === '') return undefined
      if (!isWhole(text)) {
        unfinished = true
        return undefined
      }
      take(until - from)
      return { number: at.lines + 1, text }
    },
    end: () => ({ ...at, digest: digestOf(hash) }),
    unfinished: () => unfinished,
  }
}

function digestOf(hash: Hash): string {
  return hash.copy().digest('hex')
}
