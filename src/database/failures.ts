import pg from 'pg'
import { FlowsError } from '../base/errors.ts'

/** The name of the constraint that a failed statement broke, if that is why it failed. */
export function brokenConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23') ? error.constraint : undefined
}

/** The SQLSTATE of a failed statement, if the server refused it. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined
}

/** The server's own error beneath an error, if the server refused something. */
export function serverError(error: unknown): pg.DatabaseError | undefined {
  if (error instanceof pg.DatabaseError) return error
  return error instanceof FlowsError ? serverError(error.cause) : undefined
}

const finishedOf = new WeakMap<object, number>()

/** Keeps beside an error how many statements of its script had finished before, and gives the error back. */
export function noteFinishedStatements(error: unknown, finished: number): unknown {
  if (typeof error === 'object' && error !== null) finishedOf.set(error, finished)
  return error
}

/** How many statements of a script had finished when this error came. */
export function finishedStatements(error: unknown): number {
  return (typeof error === 'object' && error !== null ? finishedOf.get(error) : undefined) ?? 0
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
])

/** Where a connection string leads, without its password: for messages. */
export function sayAddress(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url)
    return `${searchParams.get('host') ?? hostname}:${searchParams.get('port') ?? (port || '5432')}${pathname}`
  } catch {
    return 'the given address'
  }
}

/** Whether an error means that a connection broke while it was in use, so that its transaction was taken back. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof FlowsError) return error.code === 'DATABASE_UNREACHABLE'
  if (sqlState(error) !== undefined) return /^57P0[123]$/.test(sqlState(error) ?? '')
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  return (
    (unreachable.has(code) && code !== 'ENOENT') || /terminated|Connection ended|not queryable/.test(message)
  )
}

/** Says in the user's words that a connection broke while it was in use; any other error stays as it is. */
export function connectionLost(error: unknown): unknown {
  if (error instanceof FlowsError || !isConnectionLoss(error)) return error
  return new FlowsError('DATABASE_UNREACHABLE', 'The connection to the database was lost', {
    hint: 'See whether it runs with: db:status. What was not committed yet was taken back.',
    cause: error,
  })
}

/** Says in the user's words why no connection could be made; anything unknown stays as it is. */
export function connectionFailure(error: unknown, url: string): unknown {
  const code = (error as { code?: string }).code ?? ''
  const address = sayAddress(url)
  // 57P03 is not among them: a server that is starting says it and is worth waiting for.
  const lost =
    /^57P0[12]$/.test(code) || /timeout|terminated|Connection ended/i.test(String((error as Error).message))
  if (unreachable.has(code) || lost) {
    return new FlowsError('DATABASE_UNREACHABLE', `No database answers at ${address}`, {
      hint: 'Check DATABASE_URL (config:show), or unset it to use the embedded server.',
      cause: error,
    })
  }
  // A server that asks for a password where the address has none ends in SASL errors of the driver.
  if (
    code === '28P01' ||
    code === '28000' ||
    /^SASL|client password must be/.test((error as Error).message)
  ) {
    return new FlowsError(
      'DATABASE_PASSWORD_WRONG',
      `The database at ${address} refused the user or password`,
      {
        hint: 'Check the user and password in DATABASE_URL (config:show).',
        cause: error,
      },
    )
  }
  if (code === '3D000') {
    return new FlowsError(
      'DATABASE_UNREACHABLE',
      `The server answers, but there is no such database: ${address}`,
      {
        hint: 'Check the database name in DATABASE_URL (config:show).',
        cause: error,
      },
    )
  }
  if (code === '42501') {
    return new FlowsError('DATABASE_PERMISSION_DENIED', `The user of ${address} may not act as staff`, {
      hint: 'Connect as the role that runs the migrations: the address that db:status calls url.',
      cause: error,
    })
  }
  if (code === '53300') {
    return new FlowsError('DATABASE_BUSY', `The database at ${address} has no free connection`, {
      hint: 'Try again, or raise max_connections.',
      cause: error,
    })
  }
  return error
}

/** Says in the user's words why a statement failed where the reason is the database and not the statement. */
export function statementFailure(error: unknown): unknown {
  if (isConnectionLoss(error)) return connectionLost(error)
  const code = sqlState(error)
  if (code === '42P01' || code === '3F000' || code === '42883' || code === '42703') {
    return new FlowsError('MIGRATION_PENDING', 'The database does not have the schema this command needs', {
      hint: 'Run: migrate:up (or db:init for a new database).',
      cause: error,
    })
  }
  if (code === '53100') {
    return new FlowsError('DATABASE_FULL', 'The database has no disk space left', {
      hint: 'Free space on its volume, then run the command again; nothing was changed.',
      cause: error,
    })
  }
  if (code === '42501') {
    return new FlowsError('DATABASE_PERMISSION_DENIED', 'The database refused this role', {
      hint: 'Run: doctor, and connect as the role that ran the migrations.',
      cause: error,
    })
  }
  return error
}
