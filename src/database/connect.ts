import pg from 'pg'
import { pause, ticks } from '../base/clock.ts'
import { commits } from './commits.ts'
import { keepClient } from './copy.ts'
import type { Connection, Database, Notice } from './database.ts'
import {
  connectionFailure,
  connectionLost,
  noteFinishedStatements,
  sqlState,
  statementFailure,
} from './failures.ts'
import { toObjects, types } from './rows.ts'
import { identifier, literal, type Sql, sql } from './sql.ts'
import { statementName } from './statement-name.ts'

/** How a pool behaves; every connection of it is the same role (alternating roles replans every statement). */
export type ConnectOptions = {
  /** A role to become on every connection, for example flows_staff. */
  role?: string
  /** Settings of every connection for as long as it lasts, such as flows.request_id. */
  settings?: Readonly<Record<string, string>>
  /** How many connections at the most; 1 if not given. */
  size?: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
  /** Seconds until an unanswered attempt to connect is given up; 10 if not given. */
  timeout?: number
  /**
   * Keeps each statement prepared on the server after its first use, so that it is neither parsed nor planned
   * again, and sends a transaction's opening along with its BEGIN: for long-lived processes. Not behind a transaction-mode pooler (Supabase's port 6543), which lends
   * another connection, without the prepared statements, to every transaction.
   */
  prepare?: boolean
}

/** Opens a pool and proves that it works; throws DATABASE_UNREACHABLE or DATABASE_PASSWORD_WRONG if it does not. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.size ?? 1,
    connectionTimeoutMillis: (options.timeout ?? 10) * 1_000,
    application_name: options.applicationName ?? 'flows-db',
    types,
    pipeline: options.prepare ?? false,
    allowExitOnIdle: true,
    onConnect: async (client) => {
      const start = startOf(options)
      if (start !== '') await client.query(start)
    },
  })
  // A connection lost while idle is replaced by the next one that is asked for.
  pool.on('error', () => undefined)
  const lend = async <Result>(work: (line: Line) => Promise<Result>): Promise<Result> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectionFailure(error, url)
    })
    let broken: Error | undefined
    const note = (error: Error) => {
      broken = error
    }
    client.on('error', note)
    try {
      return await work({ client, prepare: options.prepare ?? false })
    } finally {
      client.off('error', note)
      client.release(broken)
    }
  }
  const connection = { ...overPool(lend), close: () => pool.end() }
  try {
    await untilStarted(connection, ticks() + (options.timeout ?? 10) * 1_000)
    return connection
  } catch (error) {
    await pool.end()
    throw connectionFailure(error, url)
  }
}

/** Waits while the server starts or recovers from a crash: it then accepts a connection only to say so. */
async function untilStarted(db: Database, deadline: number): Promise<void> {
  try {
    await db.run(sql`select 1`)
  } catch (error) {
    if (sqlState(error) !== '57P03' || ticks() > deadline) throw error
    await pause(50)
    await untilStarted(db, deadline)
  }
}

/** What makes a connection what it is to be, in one message. */
function startOf({ role, settings = {} }: ConnectOptions): string {
  return [
    ...(role === undefined ? [] : [sql`set role ${identifier(role)}`.text]),
    ...Object.entries(settings).map(
      ([name, value]) => sql`select set_config(${literal(name)}, ${literal(value)}, false)`.text,
    ),
  ].join('; ')
}

/** One connection of the pool, and how statements are sent over it. */
type Line = { client: pg.PoolClient; prepare: boolean }

type Lend = <Result>(work: (line: Line) => Promise<Result>) => Promise<Result>

function overPool(lend: Lend): Database {
  return {
    many: (query) => lend((line) => overLine(line).many(query)) as never,
    one: (query) => lend((line) => overLine(line).one(query)) as never,
    maybe: (query) => lend((line) => overLine(line).maybe(query)) as never,
    run: (query) => lend((line) => overLine(line).run(query)),
    script: (text) => lend((line) => overLine(line).script(text)),
    transaction: (work, opening) => lend((line) => inTransaction(line, work, opening)),
    session: (work) => lend((line) => work(overSession(line))),
    notices: (hear, work) => lend((line) => hearing(line, hear, () => work(overSession(line)))),
  }
}

type NoticeListener = (notice: { readonly [Part in keyof Notice]?: string | undefined }) => void

async function hearing<Result>(
  { client }: Line,
  hear: (notice: Notice) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const listener: NoticeListener = ({ message = '', detail = '', hint = '', where = '' }) =>
    hear({ message, detail, hint, where })
  client.on('notice', listener)
  try {
    return await work()
  } finally {
    client.off('notice', listener)
  }
}

function overSession(line: Line): Database {
  const session: Database = {
    ...overLine(line),
    transaction: (work, opening) => inTransaction(line, work, opening),
    session: (work) => work(session),
    notices: (hear, work) => hearing(line, hear, () => work(session)),
  }
  return session
}

function overLine(line: Line, depth = 0): Database {
  const { client, prepare } = line
  const query = async ({ text, values }: Sql) => {
    const name = prepare ? { name: statementName(text) } : {}
    try {
      return await client.query({ ...name, text, values: [...values], rowMode: 'array' })
    } catch (error) {
      throw statementFailure(error)
    }
  }
  const many = async <Row>(statement: Sql): Promise<Row[]> => {
    const result = await query(statement)
    return toObjects<Row>(result.fields, result.rows)
  }
  const maybe = async <Row>(statement: Sql): Promise<Row | undefined> => (await many<Row>(statement))[0]
  const db: Database = {
    many,
    maybe,
    one: async <Row>(statement: Sql): Promise<Row> => {
      const row = await maybe<Row>(statement)
      if (row === undefined) throw new Error(`No row came back from: ${statement.text}`)
      return row
    },
    run: async (statement) => (await query(statement)).rowCount ?? 0,
    script: async (text) => {
      let finished = 0
      const count = () => {
        finished += 1
      }
      client.connection.on('commandComplete', count)
      try {
        await send(client, text)
      } catch (error) {
        throw noteFinishedStatements(error, finished)
      } finally {
        client.connection.off('commandComplete', count)
      }
    },
    transaction: (work, opening) => inSavepoint(line, depth + 1, work, opening),
    session: (work) => work(overLine(line, depth)),
    notices: (hear, work) => hearing(line, hear, () => work(overLine(line, depth))),
  }
  return keepClient(db, client)
}

async function send(client: pg.PoolClient, text: string): Promise<void> {
  try {
    await client.query(text)
  } catch (error) {
    throw connectionLost(error)
  }
}

async function commit(client: pg.PoolClient): Promise<void> {
  commits.underway += 1
  try {
    await send(client, 'commit')
  } finally {
    commits.underway -= 1
  }
}

type Work<Result> = (tx: Database, opened: number) => Promise<Result>

async function inTransaction<Result>(line: Line, work: Work<Result>, opening?: Sql): Promise<Result> {
  const { client } = line
  const tx = overLine(line)
  const begun = send(client, 'begin')
  // Only an opening is sent before BEGIN is known to have worked: without it, it does nothing.
  if (!line.prepare || opening === undefined) await begun
  try {
    const [opened] = await Promise.all([opening === undefined ? 0 : tx.run(opening), begun])
    const result = await work(tx, opened)
    await commit(client)
    return result
  } catch (error) {
    // A connection that broke has already rolled back; its own error is the one to tell.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function inSavepoint<Result>(
  line: Line,
  depth: number,
  work: Work<Result>,
  opening?: Sql,
): Promise<Result> {
  const { client } = line
  const tx = overLine(line, depth)
  const name = `nested_${depth}`
  await send(client, `savepoint ${name}`)
  try {
    const result = await work(tx, opening === undefined ? 0 : await tx.run(opening))
    await send(client, `release savepoint ${name}`)
    return result
  } catch (error) {
    await client.query(`rollback to savepoint ${name}; release savepoint ${name}`).catch(() => undefined)
    throw error
  }
}
