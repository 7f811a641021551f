import type { Database } from '../../database/database.ts'
import { raw, sql } from '../../database/sql.ts'

/** Sets what holds for the whole transaction of the prover. */
export async function settle(db: Database, statementSeconds: number): Promise<void> {
  await db.run(sql`
    select set_config('statement_timeout', ${`${statementSeconds}s`}, true),
      set_config('lock_timeout', '1s', true),
      set_config('client_min_messages', 'notice', true),
      set_config('request.jwt.claims', '', true),
      set_config('jit', 'off', true),
      set_config('idle_in_transaction_session_timeout', '60s', true)`)
  // Rows that refer to each other are seeded one by one; each attack checks its own at its end.
  await db.run(sql`set constraints all deferred`)
}

/** The digests of one client's rows before any attack. */
export async function selectDigest(db: Database, statement: string): Promise<Record<string, string>> {
  const { digest } = await db.one<{ digest: Record<string, string> }>(
    sql`select (${raw(statement)}) as digest`,
  )
  return digest
}

/** A statement that reads a relation, or anything with rows, and looks for marks in it on the server. */
export function readStatement(from: string, other: string, own: string): string {
  return `select jsonb_build_object('rows', count(*), 'hash', coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)::text,
    'hits', count(*) filter (where x::text ~* ${quote(other)}),
    'sample', left(min(x::text) filter (where x::text ~* ${quote(other)}), 600),
    'own', coalesce(bool_or(x::text ~* ${quote(own)}), false)) from (${from}) x`
}

/** A text as a literal that means the same under every setting. */
export function quote(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** A name, or a dotted path of names, quoted. */
export function name(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}
