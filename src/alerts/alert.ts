import { createHash } from 'node:crypto'
import type { Severity } from './alert-rule.ts'

/** Pending until it was true for as long as its rule wants, then firing; resolved once it is true no more. */
export const alertStates = ['pending', 'firing', 'resolved'] as const

/** One of the states. */
export type AlertState = (typeof alertStates)[number]

/** A rule that is or was true of a client, or of the whole database. */
export type Alert = {
  /** 16 hex digits that follow from rule and client. */
  fingerprint: string
  rule: string
  /** Null where it is about the whole database, or about nobody's client. */
  clientCode: string | null
  severity: Severity
  state: AlertState
  /** When the present state began. */
  since: Date
  value: number
  threshold: number
  /** What the channels were told last; null if nothing yet. */
  toldState: 'firing' | 'resolved' | null
  toldAt: Date | null
  acknowledgedAt: Date | null
  acknowledgedBy: string | null
  /** Until then nobody is told anything of it. */
  silencedUntil: Date | null
}

/** The name under which a rule's alert about a client is known, the same on every machine. */
export function fingerprintOf(rule: string, clientCode: string | null): string {
  return createHash('sha256')
    .update(JSON.stringify([rule, clientCode]))
    .digest('hex')
    .slice(0, 16)
}
