import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from, to } from 'pg-copy-streams'
import type { Database } from './database.ts'
import { statementFailure } from './failures.ts'
import type { Sql } from './sql.ts'

const clients = new WeakMap<Database, pg.PoolClient>()

/** Remembers which connection a transaction runs on, so that rows can be streamed over it; gives the transaction back. */
export function keepClient(db: Database, client: pg.PoolClient): Database {
  clients.set(db, client)
  return db
}

/**
 * Streams what a `copy ... to stdout` without parameters gives, chunk by chunk; the generator's result is the number
 * of rows. Whoever stops before the end loses the connection: there is no other way to make the server stop.
 */
export async function* copyOut(tx: Database, statement: Sql): AsyncGenerator<Buffer, number> {
  const client = clientOf(tx, statement)
  const stream = client.query(to(statement.text))
  let finished = false
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
    finished = true
    return stream.rowCount
  } catch (error) {
    finished = true
    throw statementFailure(error)
  } finally {
    if (!finished) client.connection.stream.destroy(new Error('A COPY was given up before its end'))
  }
}

/** Streams chunks into a `copy ... from stdin` without parameters; gives the number of rows that were kept. */
export async function copyIn(
  tx: Database,
  statement: Sql,
  chunks: AsyncIterable<Buffer> | Readable,
): Promise<number> {
  const stream = clientOf(tx, statement).query(from(statement.text))
  try {
    await pipeline(chunks, stream)
  } catch (error) {
    throw statementFailure(error)
  }
  return stream.rowCount
}

function clientOf(tx: Database, { text, values }: Sql): pg.PoolClient {
  const client = clients.get(tx)
  if (client === undefined) throw new Error('COPY needs the one connection of a transaction')
  if (values.length > 0) throw new Error(`COPY takes no parameters: ${text}`)
  return client
}
