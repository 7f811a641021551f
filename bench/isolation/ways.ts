import { actAs, actAsClient } from '../../src/database/act-as.ts'
import { type ConnectOptions, connect } from '../../src/database/connect.ts'
import type { Connection, Database } from '../../src/database/database.ts'
import type { Sql } from '../../src/database/sql.ts'
import { accessClaims } from './claims.ts'
import { becomeBypass, becomeBypassIfActive, bypassRole } from './isolation.queries.ts'
import type { Addresses } from './scratch.ts'

/** A way to run a statement for a client: one transaction that begins, says who is asking, runs it and commits. */
export type Way = {
  name: string
  /** The way it is compared with; `baseline` if not given. */
  against?: string
  login: keyof Addresses
  act(db: Database, clientId: string, work: (tx: Database) => Promise<unknown>): Promise<unknown>
}

/** Without RLS, with it on the library's path, and both again on the path of an access token's claims. */
export const ways: readonly Way[] = [
  { name: 'baseline', login: 'staff', act: entering(becomeBypass) },
  { name: 'control', login: 'staff', act: entering(becomeBypass) },
  { name: 'look-up', login: 'staff', act: entering(becomeBypassIfActive) },
  { name: 'library', login: 'staff', act: actAsClient, against: 'look-up' },
  { name: 'baseline with claims', login: 'api', act: claiming(bypassRole) },
  { name: 'claims', login: 'api', act: claiming('authenticated'), against: 'baseline with claims' },
]

/** Connects as the way's users would: the library as staff, the API as the login that becomes each caller's role. */
export function connectFor({ login }: Way, addresses: Addresses): Promise<Connection> {
  const prepared: ConnectOptions = { prepare: true }
  return connect(addresses[login], login === 'staff' ? { ...prepared, role: 'flows_staff' } : prepared)
}

function entering(enter: (clientId: string) => Sql): Way['act'] {
  return (db, clientId, work) => db.transaction((tx) => work(tx), enter(clientId))
}

function claiming(role: string): Way['act'] {
  return (db, clientId, work) => actAs(db, { role, claims: accessClaims(clientId) }, work)
}
