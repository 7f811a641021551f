import { type Act, recordAct } from '../audit/record-act.ts'
import { letTriggersRest } from '../backup/at-rest.ts'
import { readClientCatalog } from '../backup/client-tables.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { retrying } from '../database/migrate/waiting.ts'
import { takenBack } from '../database/one-transaction.ts'
import {
  areReferredTo,
  deleteEvents,
  deleteInvitations,
  dropMonth,
  emptyMonth,
  forgetUsage,
  isOutside,
  lockBelongings,
  lockEndedInvitations,
  type Month,
  type Periods,
  selectErasedPeriods,
  selectLongestAuditDays,
  selectOldMonths,
  selectPeriods,
} from './retention.queries.ts'

/** How much goes in one transaction, and whom to tell. */
export type RetentionOptions = {
  /** Only of this client. */
  clientCode?: string | undefined
  /** Invitations and events that go in one transaction at the most; 10,000 if not given. */
  batch?: number
  /** Count, and take it back. */
  dryRun?: boolean
  progress?: (text: string) => void
}

/** What went because its time was over. */
export type Retention = {
  clients: { clientCode: string; invitations: number; usage: number; events: number }[]
  /** Whole months of the trail. */
  months: Month[]
  /** Events of erased clients and of the operator. */
  otherEvents: number
}

/**
 * Deletes what is older than the tiers keep it: invitations after their end, usage, and the audit trail; a month of the
 * trail that nobody keeps goes as a whole. In small transactions, each with one event of its own; safe to run again and
 * again. `db` connects as the migrating role. Throws CLIENT_NOT_FOUND or BACKUP_ROLE_UNFIT.
 */
export function applyRetention(db: Database, options: RetentionOptions = {}): Promise<Retention> {
  return options.dryRun === true ? takenBack(db, (tx) => retain(tx, options)) : retain(db, options)
}

async function retain(
  db: Database,
  { clientCode, batch = 10_000, dryRun = false, progress = () => undefined }: RetentionOptions,
): Promise<Retention> {
  const clientId = clientCode === undefined ? undefined : (await clientByCode(db, clientCode)).id
  const longest = await selectLongestAuditDays(db)
  const months = clientId === undefined ? await selectOldMonths(db, longest) : []
  for (const month of months) {
    // A drop would keep every reader of the trail waiting until it is taken back.
    if (dryRun) await db.transaction((tx) => emptyOldMonth(tx, month))
    else await dropOldMonth(db, month, progress)
  }
  const clients: Retention['clients'] = []
  for (const periods of await selectPeriods(db, clientId)) {
    progress(`Client ${periods.clientCode}`)
    const gone = await ofClient(db, periods, batch)
    if (gone.invitations + gone.usage + gone.events > 0) {
      clients.push({ clientCode: periods.clientCode, ...gone })
    }
  }
  if (clientId !== undefined) return { clients, months, otherEvents: 0 }
  let otherEvents = await ofTrail(db, undefined, longest, batch)
  for (const { id, auditDays } of await selectErasedPeriods(db)) {
    otherEvents += await ofTrail(db, id, auditDays, batch)
  }
  return { clients, months, otherEvents }
}

async function ofClient(
  db: Database,
  periods: Periods,
  batch: number,
): Promise<{ invitations: number; usage: number; events: number }> {
  const total = { invitations: 0, usage: 0, events: 0 }
  for (;;) {
    const gone = await db.transaction((tx) => clientRound(tx, periods, batch))
    total.invitations += gone.invitations
    total.usage += gone.usage
    total.events += gone.events
    if (gone.invitations < batch && gone.events < batch) return total
  }
}

async function clientRound(tx: Database, periods: Periods, limit: number) {
  const { id } = periods
  const { references } = await readClientCatalog(tx)
  const outside = references.filter(isOutside)
  const usage = await forgetUsage(tx, periods)
  const ended = await lockEndedInvitations(tx, periods, outside, limit)
  await lockBelongings(tx, id, ended)
  // Somebody may have referred to one of them just before it was locked; the next run sees it.
  const invitations = (await areReferredTo(tx, id, ended, outside)) ? [] : ended
  await letTriggersRest(tx)
  const rows = await deleteInvitations(tx, id, invitations)
  const events = await deleteEvents(tx, id, periods.auditDays, limit)
  if (rows + usage + events > 0) {
    const details = { invitations: invitations.length, usage, events }
    await recordRound(tx, { clientId: id, table: 'clients', rowId: id, details })
  }
  return { invitations: invitations.length, usage, events }
}

/** Events of an erased client, or of nobody in particular. */
async function ofTrail(
  db: Database,
  clientId: string | undefined,
  days: number,
  batch: number,
): Promise<number> {
  let total = 0
  for (;;) {
    const gone = await db.transaction(async (tx) => {
      await letTriggersRest(tx)
      const events = await deleteEvents(tx, clientId, days, batch)
      if (events > 0)
        await recordRound(tx, { table: 'audit_events', rowId: clientId ?? '*', details: { events } })
      return events
    })
    total += gone
    if (gone < batch) return total
  }
}

async function emptyOldMonth(tx: Database, { name }: Month): Promise<void> {
  await letTriggersRest(tx)
  await emptyMonth(tx, name)
}

async function dropOldMonth(db: Database, month: Month, progress: (text: string) => void): Promise<void> {
  await retrying(db, `Dropping ${month.name}`, { patience: 60_000, progress }, async (tx) => {
    await dropMonth(tx, month.name)
    await recordRound(tx, { table: 'audit_events', rowId: month.name, details: { events: month.events } })
  })
}

async function recordRound(tx: Database, { details, ...act }: Omit<Act, 'verb'>): Promise<void> {
  await recordAct(tx, { ...act, verb: 'erase', details: { reason: 'retention', ...details } })
}
