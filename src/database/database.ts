import type { Sql } from './sql.ts'

/**
 * Something statements can be run on: a pool, or the one connection of an open transaction.
 * Rows come back with camelCase keys (`client_code` is read as `clientCode`), timestamps as Date,
 * bigint as number (counts and sizes stay below 2^53), numeric as text, jsonb parsed.
 */
export type Database = {
  /** All rows. */
  many<Row>(query: Sql): Promise<Row[]>
  /** The first row; an ordinary error if there is none. */
  one<Row>(query: Sql): Promise<Row>
  /** The first row, or undefined. */
  maybe<Row>(query: Sql): Promise<Row | undefined>
  /** Runs a statement and gives the number of rows it touched. */
  run(query: Sql): Promise<number>
  /** Runs SQL text of any number of statements in one message; outside a transaction they share an implicit one. */
  script(text: string): Promise<void>
  /**
   * Runs work in one transaction: committed when it resolves, rolled back when it throws. Inside another one it is a
   * savepoint. The `opening`, a statement that only makes settings for the transaction, runs first; work is told how
   * many rows it gave.
   */
  transaction<Result>(work: (tx: Database, opened: number) => Promise<Result>, opening?: Sql): Promise<Result>
  /** Lends one connection to work for as long as it takes, for what belongs to a session: advisory locks, settings. */
  session<Result>(work: (session: Database) => Promise<Result>): Promise<Result>
  /** Lends one connection to work, and tells of every notice that the server sends meanwhile, in order. */
  notices<Result>(
    hear: (notice: Notice) => void,
    work: (session: Database) => Promise<Result>,
  ): Promise<Result>
}

/** A message that the server sent beside its answers: RAISE NOTICE, WARNING and the like; absent parts are empty. */
export type Notice = Readonly<{ message: string; detail: string; hint: string; where: string }>

/** A Database that holds connections and must be closed. */
export type Connection = Database & {
  close(): Promise<void>
}
