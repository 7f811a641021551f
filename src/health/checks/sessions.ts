import { sayDuration } from '../../base/duration.ts'
import type { DatabaseFigures } from '../database-figures.ts'
import { byAdvice, bySql, type Check, type Fault, type Outcome } from './check.ts'
import {
  type LongSession,
  selectIdleSessions,
  selectLongStatements,
  selectSlowStatements,
  selectStatisticsSchema,
} from './sessions.queries.ts'

const hidden = 'this role may not see what the sessions of others do; it needs pg_monitor'

const idleInTransaction: Check = {
  id: 'idle-in-transaction',
  group: 'sessions',
  levels: ['warning'],
  means: 'A session has held a transaction open for five minutes and does nothing',
  why: 'Its locks stop others, and no dead row younger than it can be cleared away.',
  mends: 'end the session, and set idle_in_transaction_session_timeout for its role',
  needs: 'database',
  look: ({ db, figures, limits }) =>
    lookAtSessions(
      figures,
      () => selectIdleSessions(db, limits.idleInTransactionSeconds),
      'has held a transaction open and done nothing for',
      'no session holds a transaction open for long',
    ),
}

const longStatements: Check = {
  id: 'long-statements',
  group: 'sessions',
  levels: ['warning'],
  means: 'A statement has run for five minutes',
  why: 'It holds its locks and its snapshot all the while.',
  mends: 'cancel it, or leave it alone if it is meant to take long',
  needs: 'database',
  look: ({ db, figures, limits }) =>
    lookAtSessions(
      figures,
      () => selectLongStatements(db, limits.longStatementSeconds),
      'has run one statement for',
      'no statement runs for long',
    ),
}

async function lookAtSessions(
  figures: () => Promise<DatabaseFigures>,
  select: () => Promise<LongSession[]>,
  does: string,
  well: string,
): Promise<Outcome> {
  const { idleInTransaction: seen } = await figures()
  if (seen === null) return { skipped: hidden }
  const faults = (await select()).map(({ pid, userName, applicationName, seconds, fix }): Fault => {
    const program = applicationName === '' ? '' : `, ${applicationName}`
    const what = `Session ${pid} (${userName ?? 'unknown'}${program}) ${does} ${sayDuration(seconds)}`
    return { what, remedy: bySql(fix) }
  })
  return { well, faults }
}

const slowStatements: Check = {
  id: 'slow-statements',
  group: 'sessions',
  levels: ['info'],
  means:
    'A statement that is called often takes 20 ms and more each time (the five that cost most are named)',
  why: 'The time of the database goes there.',
  mends:
    'look at its plan: a missing index that begins with client_id, or a condition that RLS cannot push down',
  needs: 'database',
  look: async ({ db, limits }) => {
    const extension = await selectStatisticsSchema(db)
    if (extension === undefined) {
      return { skipped: 'the extension pg_stat_statements is not there: create extension pg_stat_statements' }
    }
    const slow = await selectSlowStatements(db, extension.schema, {
      calls: limits.slowStatementCalls,
      milliseconds: limits.slowStatementMilliseconds,
    })
    const faults = slow.map(({ calls, meanMilliseconds, statement }) => ({
      what: `${meanMilliseconds.toFixed(1)} ms each of ${calls} times: ${statement}`,
      remedy: byAdvice('Look at its plan with: explain (analyze, buffers) ...'),
    }))
    return { well: 'no statement that is called often is slow', faults }
  },
}

/** Checks of what sessions do now, and of what they did. */
export const sessionChecks: readonly Check[] = [idleInTransaction, longStatements, slowStatements]
