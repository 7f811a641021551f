import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import type { Leak, WaiverNote } from './isolation-report.ts'

/** A leak that somebody has looked at and accepts until a day. */
export type Waiver = {
  /** The rule or the family. */
  rule: string
  object: string
  reason: string
  /** The last day on which it holds: 2027-01-31. */
  expires: string
}

/** Reads a list of waivers from the text of a JSON file; throws ISOLATION_WAIVERS_INVALID naming the entry. */
export function parseWaivers(text: string): Waiver[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch (cause) {
    throw invalid('it is not JSON', cause)
  }
  if (!Array.isArray(list)) throw invalid('it must be a list')
  return list.map((entry: unknown, index) => {
    const waiver = entry as Partial<Record<keyof Waiver, unknown>> | null
    for (const key of ['rule', 'object', 'reason', 'expires'] as const) {
      if (typeof waiver?.[key] !== 'string' || waiver[key].trim() === '')
        throw invalid(`entry ${index + 1} needs "${key}"`)
    }
    const { rule, object, reason, expires } = waiver as Waiver
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) {
      throw invalid(`entry ${index + 1}: "expires" must be a day such as 2027-01-31`)
    }
    return { rule, object, reason, expires }
  })
}

/** Takes out the leaks that a waiver covers, and tells which waivers served, which did not, and which are too old. */
export function waive(
  leaks: readonly Leak[],
  waivers: readonly Waiver[],
): { leaks: Leak[]; notes: WaiverNote[] } {
  const today = now().toISOString().slice(0, 10)
  const used = new Set<Waiver>()
  const rest = leaks.filter((leak) => {
    const waiver = waivers.find((each) => each.expires >= today && covers(each, leak))
    if (waiver !== undefined) used.add(waiver)
    return waiver === undefined
  })
  const notes = waivers.map(
    (waiver): WaiverNote => ({
      ...waiver,
      state: waiver.expires < today ? 'expired' : used.has(waiver) ? 'used' : 'unused',
    }),
  )
  return { leaks: rest, notes }
}

function covers({ rule, object }: Waiver, leak: Leak): boolean {
  return (rule === leak.rule || rule === leak.family) && object === leak.object
}

function invalid(what: string, cause?: unknown): FlowsError {
  return new FlowsError('ISOLATION_WAIVERS_INVALID', `The file of waivers cannot be used: ${what}`, {
    hint: 'Write: [{"rule": "view-without-invoker", "object": "app.totals", "reason": "...", "expires": "2027-01-31"}]',
    cause,
  })
}
