import { createHash } from 'node:crypto'
import { now } from '../../base/clock.ts'
import { FlowsError } from '../../base/errors.ts'
import type { Database } from '../../database/database.ts'
import { type Directory, openDirectory } from './directory.ts'
import { addStretch, type LogEnd, selectLogEnd } from './ingest.queries.ts'
import type { LogRefusal } from './log-call.ts'
import { readEntry } from './read-entry.ts'
import { type LogReader, readLog } from './read-log.ts'
import { openTally, type Tally } from './tally.ts'

/** How a log is read. */
export type IngestOptions = Readonly<{
  /** Tells logs apart that begin with the same line, such as those of two servers. */
  source?: string | undefined
  /** Lines a transaction; 50,000 if left out. */
  batch?: number
  /** Told after each batch how many lines have been read. */
  progress?: (lines: number) => void
}>

/** What came of reading a log; the first hundred refusals are listed. */
export type IngestedLog = Readonly<{
  /** Lines read by this run. */
  lines: number
  /** Lines that an earlier run has read. */
  skipped: number
  /** Calls that were added. */
  recorded: number
  /** Calls and lines that count nowhere, by reason. */
  refused: Readonly<Partial<Record<LogRefusal, number>>>
  refusals: readonly Readonly<{ line: number; reason: LogRefusal }>[]
  /** The last line has no end and is no JSON yet; the next run takes it. */
  unfinished: boolean
}>

type Summary = {
  lines: number
  skipped: number
  recorded: number
  refused: Partial<Record<LogRefusal, number>>
  refusals: { line: number; reason: LogRefusal }[]
}

const mostRefusals = 100

/**
 * Adds the calls that a log of JSON lines tells of to the hourly counts: a Supabase log drain, nginx or Kong access logs.
 * It holds one batch at a time in memory, and adds it in one transaction with how far it leads, so that the same log,
 * read again, cut off or longer by now, counts every line once. A log is known by its first line. `db` connects as
 * staff. Throws USAGE_LOG_CHANGED where what was read before is no longer its beginning, and USAGE_LOG_BUSY.
 */
export async function ingestLog(
  db: Database,
  input: AsyncIterable<Buffer | string>,
  { source = '', batch = 50_000, progress = () => undefined }: IngestOptions = {},
): Promise<IngestedLog> {
  const log = readLog(input)
  const logId = digest(`${source}\n`, await log.firstLine())
  const summary: Summary = { lines: 0, skipped: 0, recorded: 0, refused: {}, refusals: [] }
  const before = await selectLogEnd(db, logId)
  if (before !== undefined) summary.skipped = await skipKnown(log, before)
  const directory = await openDirectory(db)
  for (;;) {
    const start = log.end()
    const stretch = await readStretch(log, batch, directory, summary)
    const end = log.end()
    if (end.bytes === start.bytes) break
    const { counts, recorded, unknown } = await stretch.tally.close(db)
    for (const line of unknown) refuse(summary, line, 'client_unknown')
    const refused = stretch.refused + unknown.length
    const batchId = uuidOf(digest(`${logId} ${start.bytes} `, start.digest))
    if (!(await addStretch(db, batchId, counts, { logId, end, recorded, refused }))) throw busy()
    summary.recorded += recorded
    summary.lines += stretch.lines
    progress(end.lines)
  }
  return { ...summary, unfinished: log.unfinished() }
}

async function skipKnown(log: LogReader, before: LogEnd): Promise<number> {
  const lines = await log.skip(before)
  if (lines !== undefined && log.end().digest === before.digest) return lines
  throw new FlowsError(
    'USAGE_LOG_CHANGED',
    `This log begins like one of which ${before.lines} lines were counted, but differs from it further on`,
    {
      hint: 'Nothing was added. If it is the log of another server, give it a name with --source.',
    },
  )
}

/** Reads so many lines at the most, and adds up what they tell. */
async function readStretch(
  log: LogReader,
  most: number,
  directory: Directory,
  summary: Summary,
): Promise<{ tally: Tally; lines: number; refused: number }> {
  const tally = openTally(directory)
  const latest = now().getTime() + 3_600_000
  let [lines, refused] = [0, 0]
  const refuseLine = (line: number, reason: LogRefusal) => {
    refused += 1
    refuse(summary, line, reason)
  }
  for (; lines < most; lines += 1) {
    const line = await log.next((text) => parse(text) !== undefined)
    if (line === undefined) break
    const { number, text } = line
    if (text === undefined) refuseLine(number, 'line_too_long')
    else if (text.trim() !== '') {
      const json = parse(text)
      if (json === undefined) refuseLine(number, 'not_json')
      else {
        for (const entry of Array.isArray(json.value) ? json.value : [json.value]) {
          const call = readEntry(entry, latest)
          if (typeof call === 'string') refuseLine(number, call)
          else if (!tally.add(call, number)) refuseLine(number, 'client_unknown')
        }
      }
    }
  }
  return { tally, lines, refused }
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function refuse({ refused, refusals }: Summary, line: number, reason: LogRefusal): void {
  refused[reason] = (refused[reason] ?? 0) + 1
  if (refusals.length < mostRefusals) refusals.push({ line, reason })
}

function digest(label: string, bytes: Buffer | string): string {
  return createHash('sha256').update(label).update(bytes).digest('hex')
}

/** The first 128 bits of a digest in hex, marked as a UUID of version 8 (RFC 9562). */
function uuidOf(hex: string): string {
  const [, a, b, c, d, e] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hex) ?? []
  return `${a}-${b}-8${c}-8${d}-${e}`
}

function busy(): FlowsError {
  return new FlowsError('USAGE_LOG_BUSY', 'Somebody else is counting this log right now', {
    hint: 'What was counted stays counted. Run it again to go on behind it.',
  })
}
