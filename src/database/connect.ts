import pg from 'pg'
import type { Connection, Database } from './database.ts'
import { connectionFailure, noteFinishedStatements, statementFailure } from './failures.ts'
import { toObjects, types } from './rows.ts'
import { identifier, type Sql, sql } from './sql.ts'

/** How a pool behaves; every connection of it is the same role (alternating roles replans every statement). */
export type ConnectOptions = {
  /** A role to become on every connection, for example flows_staff. */
  role?: string
  /** How many connections at the most; 1 if not given. */
  size?: number
  /** Shown in pg_stat_activity. */
  applicationName?: string
  /** Seconds until an unanswered attempt to connect is given up; 10 if not given. */
  timeout?: number
}

/** Opens a pool and proves that it works; throws DATABASE_UNREACHABLE or DATABASE_PASSWORD_WRONG if it does not. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.size ?? 1,
    connectionTimeoutMillis: (options.timeout ?? 10) * 1_000,
    application_name: options.applicationName ?? 'flows-db',
    types,
    allowExitOnIdle: true,
    onConnect: async (client) => {
      if (options.role !== undefined) await client.query(sql`set role ${identifier(options.role)}`.text)
    },
  })
  // A connection lost while idle is replaced by the next one that is asked for.
  pool.on('error', () => undefined)
  const lend = async <Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectionFailure(error, url)
    })
    let broken: Error | undefined
    const note = (error: Error) => {
      broken = error
    }
    client.on('error', note)
    try {
      return await work(client)
    } finally {
      client.off('error', note)
      client.release(broken)
    }
  }
  const connection = { ...overPool(lend), close: () => pool.end() }
  try {
    await connection.run(sql`select 1`)
    return connection
  } catch (error) {
    await pool.end()
    throw connectionFailure(error, url)
  }
}

type Lend = <Result>(work: (client: pg.PoolClient) => Promise<Result>) => Promise<Result>

function overPool(lend: Lend): Database {
  return {
    many: (query) => lend((client) => overClient(client).many(query)) as never,
    one: (query) => lend((client) => overClient(client).one(query)) as never,
    maybe: (query) => lend((client) => overClient(client).maybe(query)) as never,
    run: (query) => lend((client) => overClient(client).run(query)),
    script: (text) => lend((client) => overClient(client).script(text)),
    transaction: (work) => lend((client) => inTransaction(client, work)),
    session: (work) => lend((client) => work(overSession(client))),
  }
}

function overSession(client: pg.PoolClient): Database {
  const session: Database = {
    ...overClient(client),
    transaction: (work) => inTransaction(client, work),
    session: (work) => work(session),
  }
  return session
}

function overClient(client: pg.PoolClient, depth = 0): Database {
  const query = async (statement: Sql) => {
    try {
      return await client.query({ text: statement.text, values: [...statement.values], rowMode: 'array' })
    } catch (error) {
      throw statementFailure(error)
    }
  }
  const many = async <Row>(statement: Sql): Promise<Row[]> => {
    const result = await query(statement)
    return toObjects<Row>(result.fields, result.rows)
  }
  const maybe = async <Row>(statement: Sql): Promise<Row | undefined> => (await many<Row>(statement))[0]
  return {
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
        await client.query(text)
      } catch (error) {
        throw noteFinishedStatements(error, finished)
      } finally {
        client.connection.off('commandComplete', count)
      }
    },
    transaction: (work) => inSavepoint(client, depth + 1, work),
    session: (work) => work(overClient(client, depth)),
  }
}

async function inTransaction<Result>(
  client: pg.PoolClient,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  await client.query('begin')
  try {
    const result = await work(overClient(client))
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that broke has already rolled back; its own error is the one to tell.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function inSavepoint<Result>(
  client: pg.PoolClient,
  depth: number,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  const name = `nested_${depth}`
  await client.query(`savepoint ${name}`)
  try {
    const result = await work(overClient(client, depth))
    await client.query(`release savepoint ${name}`)
    return result
  } catch (error) {
    await client.query(`rollback to savepoint ${name}; release savepoint ${name}`).catch(() => undefined)
    throw error
  }
}
