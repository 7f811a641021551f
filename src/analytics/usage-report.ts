import type { Database } from '../database/database.ts'
import type { ReportDay } from './client-report.ts'
import {
  type MeasuredClient,
  type Snapshot,
  selectInvitationMonths,
  selectMeasuredClients,
  selectSnapshots,
} from './figures.queries.ts'
import {
  apiFigures,
  daysToFull,
  invitationFigures,
  memberFigures,
  storageFigures,
  type UsageFigures,
} from './figures.ts'
import { daysOf, type Month, monthBefore } from './month.ts'
import { selectCallsByDay, selectCallsOfAll } from './usage.queries.ts'

/** A client's line of the report on all clients. */
export type ClientUsage = Readonly<{ clientCode: string; tier: string }> & UsageFigures

/** What all clients had and used in a month, each and together, beside the month before. */
export type UsageReport = Readonly<{
  month: string
  monthBefore: string
  /** Most calls first. */
  clients: readonly ClientUsage[]
  total: UsageFigures
  before: UsageFigures
  days: readonly ReportDay[]
}>

/**
 * What all clients had and used in a month, beside the month before. It reads sums of calls and snapshots only, and so
 * takes as long for a thousand calls as for a billion: refreshUsage brings them up to date.
 */
export async function usageReport(db: Database, month: Month): Promise<UsageReport> {
  const before = monthBefore(month)
  const span = { from: before.firstDay, until: month.end }
  const clients = await selectMeasuredClients(db)
  const snapshots = byClient(await selectSnapshots(db, { ...span, from: monthBefore(before).firstDay }))
  const invitations = byClient(await selectInvitationMonths(db, span))
  const calls = byClient(await selectCallsOfAll(db, span))
  const within = (of: Month, id: string) =>
    (snapshots.get(id) ?? []).filter(({ day }) => day >= of.firstDay && day < of.end)
  const figuresOf = (client: MeasuredClient, of: Month): UsageFigures => ({
    members: memberFigures(client, within(of, client.id)),
    invitations: invitationFigures(ofMonth(invitations.get(client.id), of)),
    storage: storageFigures(client, within(of, client.id), within(monthBefore(of), client.id)),
    api: apiFigures(ofMonth(calls.get(client.id), of)),
  })
  const totalOf = (of: Month): UsageFigures => ({
    ...together(clients.map((client) => figuresOf(client, of))),
    invitations: invitationFigures([...invitations.values()].flatMap((rows) => ofMonth(rows, of))),
    api: apiFigures([...calls.values()].flatMap((rows) => ofMonth(rows, of))),
  })
  return {
    month: month.name,
    monthBefore: before.name,
    clients: clients
      .map((client) => ({
        clientCode: client.clientCode,
        tier: client.tier,
        ...figuresOf(client, month),
      }))
      .sort((one, other) => other.api.calls - one.api.calls),
    total: totalOf(month),
    before: totalOf(before),
    days: await daysOfAll(db, month, [...snapshots.values()].flat()),
  }
}

function byClient<Row extends { clientId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const grouped = new Map<string, Row[]>()
  for (const row of rows) {
    const group = grouped.get(row.clientId)
    if (group === undefined) grouped.set(row.clientId, [row])
    else group.push(row)
  }
  return grouped
}

function ofMonth<Row extends { month: string }>(
  rows: readonly Row[] | undefined,
  { firstDay }: Month,
): Row[] {
  return (rows ?? []).filter(({ month }) => month === firstDay)
}

/** Members and files of all clients; a client without a snapshot adds nothing but its limits. */
function together(all: readonly UsageFigures[]): Pick<UsageFigures, 'members' | 'storage'> {
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null)
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
  }
  const members = all.map((figures) => figures.members)
  const storage = all.map((figures) => figures.storage)
  const [active, bytes] = [sum(members.map((one) => one.active)), sum(storage.map((one) => one.bytes))]
  const [users, room] = [sum(members.map((one) => one.limit)) ?? 0, sum(storage.map((one) => one.limit)) ?? 0]
  const bytesPerDay = sum(storage.map((one) => one.bytesPerDay))
  const percent = (used: number | null, limit: number) =>
    used === null || limit === 0 ? null : Math.round((used / limit) * 100)
  return {
    members: {
      active,
      inactive: sum(members.map((one) => one.inactive)),
      limit: users,
      percent: percent(active, users),
    },
    storage: {
      objects: sum(storage.map((one) => one.objects)),
      bytes,
      limit: room,
      percent: percent(bytes, room),
      growthBytes: sum(storage.map((one) => one.growthBytes)),
      bytesPerDay,
      daysToFull: daysToFull(bytes, room, bytesPerDay),
    },
  }
}

async function daysOfAll(db: Database, month: Month, snapshots: readonly Snapshot[]): Promise<ReportDay[]> {
  const calls = await selectCallsByDay(db, { from: month.firstDay, until: month.end })
  const called = new Map(calls.map((row) => [row.day, row]))
  const taken = new Map<string, { members: number; bytes: number }>()
  for (const { day, activeMembers, objectBytes } of snapshots) {
    const { members = 0, bytes = 0 } = taken.get(day) ?? {}
    taken.set(day, { members: members + activeMembers, bytes: bytes + objectBytes })
  }
  return daysOf(month).map((day) => ({
    day,
    calls: called.get(day)?.calls ?? 0,
    errors: called.get(day)?.errors ?? 0,
    members: taken.get(day)?.members ?? null,
    bytes: taken.get(day)?.bytes ?? null,
  }))
}
