import { now } from '../base/clock.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import {
  forgetBatches,
  forgetOldUsage,
  refreshClient,
  rollUpHours,
  selectClientIds,
} from './roll-up.queries.ts'

/** What a roll-up did. */
export type RolledUpUsage = Readonly<{
  clients: number
  /** Hourly rows that went into their days. */
  hours: number
  /** Daily and monthly rows deleted, since the client's tier keeps them no longer. */
  forgotten: number
  /** Batches forgotten: sent again, they would count again. */
  batches: number
}>

/** For how many whole days hours are kept apart. */
export const hourlyDays = 14

/**
 * The daily job: brings every client's figures up to date, adds hours older than 14 days up to days, and deletes what
 * tiers keep no longer. One short transaction a client; run twice, or by two at once, it does the same. `db` connects as staff.
 */
export async function rollUpUsage(db: Database): Promise<RolledUpUsage> {
  const before = new Date(now().getTime() - hourlyDays * 86_400_000).toISOString().slice(0, 10)
  const ids = await selectClientIds(db)
  const done = { clients: ids.length, hours: 0, forgotten: 0, batches: 0 }
  for (const id of ids) {
    await refreshClient(db, id)
    done.hours += await rollUpHours(db, id, before)
    done.forgotten += await forgetOldUsage(db, id)
  }
  done.batches = await forgetBatches(db)
  return done
}

/**
 * Brings the figures that reports read up to date, of one client or of all: calls that the database counted itself, the
 * invitations of recent months, and today's snapshot of members and files. `db` connects as staff. Throws CLIENT_NOT_FOUND.
 */
export async function refreshUsage(db: Database, clientCode?: string): Promise<void> {
  const ids = clientCode === undefined ? await selectClientIds(db) : [(await clientByCode(db, clientCode)).id]
  for (const id of ids) await refreshClient(db, id)
}
