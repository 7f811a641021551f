import { afterAll } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, literal, sql } from '../../src/database/sql.ts'
import { makeDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'
import { type Base, bases, fillIn, type Mutant, readCorpusFile } from './corpus.ts'

/** What the texts of the corpus speak of: the two tenants, and a member of the first. */
export const tenants = {
  a: 'aaaaaaaa-0000-4000-8000-00000000000a',
  b: 'bbbbbbbb-0000-4000-8000-00000000000b',
  user_a: 'aaaaaaaa-1111-4000-8000-00000000000a',
}
const userB = 'bbbbbbbb-1111-4000-8000-00000000000b'

/** The text that stands in the rows of the second tenant and nowhere else. */
export const canary = 'canary-globex'

/** A base with two tenants in it, of which a test sees each time the same: whatever is done, is undone. */
export async function seededBase(base: Base): Promise<Database> {
  const made = await makeDatabase(templateName)
  const admin = await connect(made.adminUrl)
  afterAll(async () => {
    await admin.close()
    await made.drop()
  })
  await admin.transaction(async (tx) => {
    await become(tx, 'postgres')
    if (base !== 'flows') await tx.script(readCorpusFile(`bases/${base}.sql`))
    const seed = readCorpusFile(`seeds/${base}.sql`)
    await tx.script(fillIn(seed, { tenant: tenants.a, user: tenants.user_a, mark: 'acme', number: '1' }))
    await tx.script(fillIn(seed, { tenant: tenants.b, user: userB, mark: canary, number: '2' }))
  })
  return admin
}

/** Every base, each in a database of its own. */
export async function seededBases(): Promise<Record<Base, Database>> {
  const made: [Base, Database][] = []
  // One after the other: all are copies of the same template.
  for (const base of bases) made.push([base, await seededBase(base)])
  return Object.fromEntries(made) as Record<Base, Database>
}

/** Runs work in a transaction, or in a savepoint of one, and takes everything back. */
export async function takingBack<Result>(
  db: Database,
  work: (tx: Database) => Promise<Result>,
): Promise<Result> {
  const done: { result?: Result } = {}
  const enough = new Error('Nothing of this is kept')
  await db
    .transaction(async (tx) => {
      done.result = await work(tx)
      throw enough
    })
    .catch((error: unknown) => {
      if (error !== enough) throw error
    })
  return done.result as Result
}

/** Becomes a login for the rest of the transaction, with no right of the one before. */
export async function become(tx: Database, login: string): Promise<void> {
  await tx.script(sql`set local session authorization ${identifier(login)}`.text)
}

/** Becomes a caller of the API, through authenticator as PostgREST does; any other role logs in by itself. */
export async function becomeCaller(tx: Database, role: string, claims: string): Promise<void> {
  const ofApi = ['anon', 'authenticated', 'service_role'].includes(role)
  await become(tx, ofApi ? 'authenticator' : role)
  await tx.run(sql`select set_config('request.jwt.claims', ${claims}, true)`)
  if (ofApi) await tx.run(sql`select set_config('role', ${role}, true)`)
}

/**
 * What becomes of an exploit: refused with an error, nothing at all, or what it shows: rows, a notice with the
 * canary, a change of what the database holds of the second tenant. Leaves no trace.
 */
export async function runExploit(db: Database, { exploit }: Mutant): Promise<string> {
  const notices: string[] = []
  const outcome = await takingBack(db, async (tx) => {
    const before = await digestOfB(tx)
    let rows: unknown[]
    try {
      rows = await tx.notices(
        ({ message }) => notices.push(message),
        (session) => runAsCaller(session, exploit),
      )
    } catch (error) {
      return `refused: ${error instanceof Error ? error.message : String(error)}`
    }
    await tx.script('set local session authorization default')
    if (rows.length > 0) return 'rows'
    if ((await digestOfB(tx)) !== before) return 'change'
    return notices.some((notice) => notice.includes(canary)) ? 'notice' : 'nothing'
  })
  return outcome
}

function runAsCaller(db: Database, { role, claims, statements }: Mutant['exploit']): Promise<unknown[]> {
  return db.session(async (tx) => {
    await becomeCaller(tx, role, fillIn(claims, tenants))
    const texts = statements.map((statement) => fillIn(statement, tenants))
    const last = texts.pop() ?? ''
    for (const text of texts) await tx.run({ text, values: [] })
    return tx.many({ text: last, values: [] })
  })
}

/** A digest of every row, of whatever table, that mentions the second tenant. */
async function digestOfB(admin: Database): Promise<string> {
  const tables = await admin.many<{ name: string }>(sql`
    select c.oid::regclass::text as name
    from pg_class c
    where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('flows', 'flows_private', 'app', 'crm', 'desk', 'bill', 'storage')
    order by 1`)
  const parts = tables.map(
    ({ name }) => `
      select ${literal(name).text} as name, string_agg(t::text, '|' order by t::text) as rows
      from only ${name} t
      where t::text like any (array['%${tenants.b}%', '%${canary}%'])`,
  )
  const { digest } = await admin.one<{ digest: string }>({
    text: `select md5(string_agg(name || ' ' || rows, '|' order by name)) as digest from (${parts.join(' union all ')}) all_tables`,
    values: [],
  })
  return digest
}
