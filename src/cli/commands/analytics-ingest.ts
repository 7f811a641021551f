import { ingestLog } from '../../analytics/ingest/ingest-log.ts'
import { faults } from '../../analytics/ingest/log-call.ts'
import { command } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { issueIn } from '../issue-in.ts'
import { openInput } from '../open-input.ts'
import { wholeNumber } from '../whole-number.ts'

/** Counts the API calls that a log tells of. */
export const analyticsIngest = command({
  name: 'analytics:ingest',
  about: 'Count the API calls in an access log of JSON lines, each once however often it is read',
  details:
    'Takes a Supabase log drain, and the JSON access logs of nginx and Kong. A log is known by its first line: read ' +
    "again, or longer by now, only what is new counts. A call is the client's that the log names, else of the signed-in " +
    'user, else of the host or bucket that was called; what belongs to no client is reported by line. Exits with 1 if ' +
    'lines could not be read.',
  arguments: [{ name: 'file', about: 'the log; standard input if not given or "-"' }],
  flags: {
    source: { value: 'name', about: 'tells logs apart that begin with the same line, as of two servers' },
    batch: { value: 'number', default: '50000', about: 'lines a transaction, 1 to 1000000' },
  },
  examples: ['analytics:ingest access.jsonl', 'analytics:ingest access.jsonl --source gateway-1 --json'],
  changes: true,
  run: async (session, { source, batch }, path = '-') => {
    const options = {
      source,
      batch: wholeNumber(batch, 'batch', 1, 1_000_000),
      progress: (lines: number) => session.progress(`${lines} lines`),
    }
    const input = await openInput(path)
    return issueIn(session, (db) => ingestLog(db, input, options))
  },
  say: ({ lines, skipped, recorded, refused, refusals, unfinished }, style) =>
    [
      `${lines} lines read${skipped > 0 ? ` after ${skipped} that were read before` : ''}: ${recorded} calls counted.`,
      ...Object.entries(refused).map(([reason, count]) => `${count} not counted: ${reason}`),
      ...(unfinished ? ['The last line has no end yet; the next run takes it.'] : []),
      ...(refusals.length === 0
        ? []
        : [
            '',
            style.table([['LINE', 'REASON'], ...refusals.map(({ line, reason }) => [String(line), reason])]),
          ]),
    ].join('\n'),
  exit: ({ refused }) => (faults.some((fault) => (refused[fault] ?? 0) > 0) ? statusOf.failed : 0),
})
