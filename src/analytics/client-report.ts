import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { selectInvitationMonths, selectMeasuredClients, selectSnapshots } from './figures.queries.ts'
import {
  type ApiFigures,
  apiFigures,
  invitationFigures,
  memberFigures,
  storageFigures,
  type UsageFigures,
} from './figures.ts'
import { daysOf, type Month, monthBefore } from './month.ts'
import { type DayOfCalls, selectDaysOfCalls } from './usage.queries.ts'

/** A day of a report; null where no snapshot was taken. */
export type ReportDay = Readonly<{
  day: string
  calls: number
  errors: number
  members: number | null
  bytes: number | null
}>

/** What one client had and used in a month, beside the month before. */
export type ClientReport = Readonly<{
  clientCode: string
  legalName: string
  tier: string
  month: string
  monthBefore: string
  /** When the newest snapshot of the month was taken. */
  takenAt: Date | null
  figures: UsageFigures
  before: UsageFigures
  /** Calls by application code; _none: none was named, _other: one that the client does not have. */
  applications: Readonly<Record<string, ApiFigures>>
  /** Calls by part of the API. */
  endpoints: Readonly<Record<string, ApiFigures>>
  days: readonly ReportDay[]
}>

/**
 * What one client had and used in a month, beside the month before. It reads hourly and daily sums and snapshots only:
 * refreshUsage brings them up to date. Throws CLIENT_NOT_FOUND.
 */
export async function clientReport(db: Database, clientCode: string, month: Month): Promise<ClientReport> {
  const { id } = await clientByCode(db, clientCode)
  const before = monthBefore(month)
  const span = { from: before.firstDay, until: month.end }
  const [client] = await selectMeasuredClients(db, id)
  if (client === undefined) throw new Error(`Client ${id} has no tier`)
  const snapshots = await selectSnapshots(db, { ...span, from: monthBefore(before).firstDay }, id)
  const invitations = await selectInvitationMonths(db, span, id)
  const calls = await selectDaysOfCalls(db, id, span)
  const within = <Row extends { day: string }>(rows: readonly Row[], of: Month) =>
    rows.filter(({ day }) => day >= of.firstDay && day < of.end)
  const figuresOf = (of: Month): UsageFigures => ({
    members: memberFigures(client, within(snapshots, of)),
    invitations: invitationFigures(invitations.filter((row) => row.month === of.firstDay)),
    storage: storageFigures(client, within(snapshots, of), within(snapshots, monthBefore(of))),
    api: apiFigures(within(calls, of)),
  })
  const inMonth = within(calls, month)
  return {
    clientCode: client.clientCode,
    legalName: client.legalName,
    tier: client.tier,
    month: month.name,
    monthBefore: before.name,
    takenAt: within(snapshots, month).at(-1)?.takenAt ?? null,
    figures: figuresOf(month),
    before: figuresOf(before),
    applications: figuresBy(inMonth, ({ appCode }) => appCode),
    endpoints: figuresBy(inMonth, ({ endpointClass }) => endpointClass),
    days: daysOf(month).map((day) => {
      const [snapshot] = snapshots.filter((row) => row.day === day)
      const { calls: all, errors } = apiFigures(inMonth.filter((row) => row.day === day))
      return {
        day,
        calls: all,
        errors,
        members: snapshot?.activeMembers ?? null,
        bytes: snapshot?.objectBytes ?? null,
      }
    }),
  }
}

/** Figures by a key, most calls first. */
function figuresBy(
  rows: readonly DayOfCalls[],
  keyOf: (row: DayOfCalls) => string,
): Record<string, ApiFigures> {
  const keys = [...new Set(rows.map(keyOf))]
  const figures = keys.map((key) => [key, apiFigures(rows.filter((row) => keyOf(row) === key))] as const)
  return Object.fromEntries(figures.sort(([, one], [, other]) => other.calls - one.calls))
}
