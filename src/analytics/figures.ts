import type { InvitationMonth, MeasuredClient, Snapshot } from './figures.queries.ts'
import { addLatencies, type Latencies, latencyOf, noLatencies } from './latency.ts'
import type { Calls } from './usage.queries.ts'

/** Members at the end of a month (or now); null where no snapshot was taken. */
export type MemberFigures = Readonly<{
  active: number | null
  inactive: number | null
  limit: number
  percent: number | null
}>

/** Invitations issued in a month and how far they have got since; rates are shares of those issued, null if none were. */
export type InvitationFigures = Readonly<{
  issued: number
  sent: number
  opened: number
  redeemed: number
  expired: number
  revoked: number
  superseded: number
  erased: number
  pending: number
  openedRate: number | null
  redemptionRate: number | null
  /** From issuing to the first use; null where none was used, and for several clients together. */
  medianSecondsToRedeem: number | null
}>

/** Files at the end of a month (or now); null where no snapshot was taken. */
export type StorageFigures = Readonly<{
  objects: number | null
  bytes: number | null
  limit: number
  percent: number | null
  /** Against the last snapshot before the month, else the first one in it. */
  growthBytes: number | null
  /** Slope of the line that fits the snapshots of the last 30 days best; null with fewer than two. */
  bytesPerDay: number | null
  /** Whole days until the limit at that pace; 0 where it is reached, null where nothing grows. */
  daysToFull: number | null
}>

/** Calls of a month; rates are shares of all calls, durations milliseconds estimated from the buckets. */
export type ApiFigures = Readonly<{
  calls: number
  /** Answered with 500 or above. */
  errors: number
  /** Answered with 400 to 499. */
  refused: number
  errorRate: number | null
  p50Ms: number | null
  p95Ms: number | null
  p99Ms: number | null
}>

/** What a client, or all together, had and used in a month. */
export type UsageFigures = Readonly<{
  members: MemberFigures
  invitations: InvitationFigures
  storage: StorageFigures
  api: ApiFigures
}>

/** Members at the last of these snapshots. */
export function memberFigures(
  { maxUsers: limit }: Pick<MeasuredClient, 'maxUsers'>,
  inMonth: readonly Snapshot[],
): MemberFigures {
  const last = inMonth.at(-1)
  const active = last?.activeMembers ?? null
  return { active, inactive: last?.inactiveMembers ?? null, limit, percent: percentOf(active, limit) }
}

/** Files at the last snapshot of a month, and how they grow; `before` are the snapshots of the month before. */
export function storageFigures(
  { storageBytes: limit }: Pick<MeasuredClient, 'storageBytes'>,
  inMonth: readonly Snapshot[],
  before: readonly Snapshot[],
): StorageFigures {
  const last = inMonth.at(-1)
  const bytes = last?.objectBytes ?? null
  const base = before.at(-1) ?? inMonth[0]
  const bytesPerDay = last === undefined ? null : slopeOf(recent([...before, ...inMonth], last))
  return {
    objects: last?.objectCount ?? null,
    bytes,
    limit,
    percent: percentOf(bytes, limit),
    growthBytes: bytes === null || base === undefined ? null : bytes - base.objectBytes,
    bytesPerDay,
    daysToFull: daysToFull(bytes, limit, bytesPerDay),
  }
}

/** Whole days until a limit at a pace; 0 where it is reached, null where nothing grows or nothing is known. */
export function daysToFull(bytes: number | null, limit: number, bytesPerDay: number | null): number | null {
  if (bytes === null) return null
  if (bytes >= limit) return 0
  return bytesPerDay === null || bytesPerDay <= 0 ? null : Math.ceil((limit - bytes) / bytesPerDay)
}

/** The invitations of one or several clients, added up. */
export function invitationFigures(months: readonly InvitationMonth[]): InvitationFigures {
  const sum = (column: keyof InvitationMonth) =>
    months.reduce((total, month) => total + Number(month[column]), 0)
  const [issued, opened, redeemed] = [sum('issued'), sum('opened'), sum('redeemed')]
  return {
    issued,
    sent: sum('sent'),
    opened,
    redeemed,
    expired: sum('expired'),
    revoked: sum('revoked'),
    superseded: sum('superseded'),
    erased: sum('erased'),
    pending: sum('pending'),
    openedRate: share(opened, issued),
    redemptionRate: share(redeemed, issued),
    medianSecondsToRedeem: months.length === 1 ? (months[0]?.medianSecondsToRedeem ?? null) : null,
  }
}

/** Calls, added up. */
export function apiFigures(all: readonly (Calls & { statusClass: string })[]): ApiFigures {
  let latencies: Latencies = noLatencies()
  const counted = { calls: 0, errors: 0, refused: 0 }
  for (const kind of all) {
    counted.calls += kind.calls
    counted.errors += kind.errors
    if (kind.statusClass === '4xx') counted.refused += kind.calls
    latencies = addLatencies(latencies, kind.latencies)
  }
  return {
    ...counted,
    errorRate: share(counted.errors, counted.calls),
    p50Ms: latencyOf(latencies, 0.5),
    p95Ms: latencyOf(latencies, 0.95),
    p99Ms: latencyOf(latencies, 0.99),
  }
}

function recent(snapshots: readonly Snapshot[], last: Snapshot): Snapshot[] {
  const since = dayNumber(last.day) - 30
  return snapshots.filter(({ day }) => dayNumber(day) > since)
}

/** The slope of the least-squares line through bytes by day. */
function slopeOf(snapshots: readonly Snapshot[]): number | null {
  if (snapshots.length < 2) return null
  const points = snapshots.map(({ day, objectBytes }) => [dayNumber(day), objectBytes] as const)
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const above = points.reduce((sum, [day, bytes]) => sum + (day - x) * (bytes - y), 0)
  const below = points.reduce((sum, [day]) => sum + (day - x) ** 2, 0)
  return Math.round(above / below)
}

function dayNumber(day: string): number {
  return Date.parse(day) / 86_400_000
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000
}

function percentOf(used: number | null, limit: number): number | null {
  return used === null ? null : Math.round((used / limit) * 100)
}
