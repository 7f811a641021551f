import type { EndpointClass } from '../api-event.ts'

/** One API call as a log tells of it. Whose it was is said in one or several ways, which are tried in this order. */
export type LogCall = Readonly<{
  /** A client's code, which whoever keeps the log has put there. */
  client?: string | undefined
  /** The id of the signed-in user, as the gateway has verified it. */
  user?: string | undefined
  /** The host that was called: a client's domain. */
  host?: string | undefined
  /** The storage bucket that the path names. */
  bucket?: string | undefined
  app?: string | undefined
  endpoint: EndpointClass
  status: number
  /** Milliseconds; undefined where the log does not say. */
  ms: number | undefined
  /** When its hour began, in milliseconds since 1970. */
  hour: number
}>

/** Why a line of a log, or one call in it, counts nowhere. */
export type LogRefusal =
  | 'not_json'
  | 'line_too_long'
  | 'not_a_call'
  | 'status_invalid'
  | 'duration_invalid'
  | 'moment_invalid'
  | 'client_unknown'

/** Refusals of lines that cannot be read, other than those that are no call or of no client. */
export const faults: readonly LogRefusal[] = [
  'not_json',
  'line_too_long',
  'status_invalid',
  'duration_invalid',
  'moment_invalid',
]
