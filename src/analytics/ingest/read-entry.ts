import { endpointOf } from '../api-event.ts'
import type { LogCall, LogRefusal } from './log-call.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a log says of a call before it is checked. */
type Told = {
  client?: unknown
  user?: unknown
  host?: unknown
  app?: unknown
  path: unknown
  status: unknown
  ms: unknown
  at: unknown
}

/**
 * Reads one entry of a log: a Supabase log drain's, Kong's (file-log, http-log), or a flat one such as nginx writes in
 * JSON and as recordUsage takes. Gives the reason where it is none.
 */
export function readEntry(entry: unknown, latest: number): LogCall | LogRefusal {
  if (!isFields(entry)) return 'not_a_call'
  const told = toldBy(entry)
  return told === undefined ? 'not_a_call' : check(told, latest)
}

function toldBy(entry: Fields): Told | undefined {
  if ('metadata' in entry) return toldByDrain(entry, only(entry.metadata))
  if (isFields(entry.request) && isFields(entry.response)) {
    return toldByKong(entry, entry.request, entry.response)
  }
  return 'status' in entry ? toldByFlat(entry) : undefined
}

/** Supabase: nested records stand alone or in arrays of one. Of headers it logs too few to tell an application. */
function toldByDrain(entry: Fields, metadata: Fields): Told | undefined {
  const request = only(metadata.request)
  const response = only(metadata.response)
  if (response.status_code === undefined) return undefined
  const gateway = only(request.sb)
  const payload = only(only(only(gateway.jwt).authorization).payload)
  return {
    user: gateway.auth_user ?? payload.subject,
    host: request.host,
    app: only(request.headers).x_flows_app,
    path: request.path,
    status: response.status_code,
    ms: response.origin_time,
    at: entry.timestamp,
  }
}

/** Kong: latencies in milliseconds; a consumer is whom Kong has authenticated. */
function toldByKong(entry: Fields, request: Fields, response: Fields): Told {
  const consumer = only(entry.consumer)
  const headers = only(request.headers)
  return {
    client: consumer.custom_id ?? consumer.username,
    host: headers.host,
    app: headers['x-flows-app'],
    path: request.uri ?? request.request_uri,
    status: response.status,
    ms: only(entry.latencies).request,
    at: entry.started_at,
  }
}

/** nginx: the names of its variables; request_time is in seconds. */
function toldByFlat(entry: Fields): Told {
  const line = typeof entry.request === 'string' ? entry.request.split(' ')[1] : undefined
  return {
    client: entry.client,
    user: entry.user,
    host: entry.host ?? entry.http_host ?? entry.server_name,
    app: entry.app,
    path: entry.endpoint ?? entry.request_uri ?? entry.uri ?? entry.path ?? line,
    status: entry.status,
    ms: entry.ms ?? inMilliseconds(entry.request_time),
    at: entry.at ?? entry.time_iso8601 ?? entry.time ?? entry.timestamp ?? entry['@timestamp'] ?? entry.msec,
  }
}

function inMilliseconds(seconds: unknown): unknown {
  const number = numberOf(seconds)
  return number === undefined ? seconds : number * 1_000
}

const longest = 86_400_000
const hourLength = 3_600_000

function check(told: Told, latest: number): LogCall | LogRefusal {
  const status = numberOf(told.status) ?? 0
  if (!(status >= 100 && status < 600)) return 'status_invalid'
  const ms = told.ms === undefined || told.ms === null || told.ms === '-' ? undefined : numberOf(told.ms)
  if (ms === undefined ? isGiven(told.ms) : !(ms >= 0 && ms <= longest)) return 'duration_invalid'
  const at = momentOf(told.at)
  if (!(at >= earliest && at <= latest)) return 'moment_invalid'
  const path = typeof told.path === 'string' ? pathOf(told.path) : ''
  return {
    client: textOf(told.client),
    user: textOf(told.user),
    host: hostOf(told.host),
    bucket: path.startsWith('/storage/v1/') ? bucketIn(path) : undefined,
    app: textOf(told.app),
    endpoint: endpointOf(path),
    status,
    ms,
    hour: Math.floor(at / hourLength) * hourLength,
  }
}

function bucketIn(path: string): string | undefined {
  return /^\/storage\/v1\/object\/(?:(?:public|sign|authenticated|info|list|upload)\/)*([^/?]+)/.exec(
    path,
  )?.[1]
}

const earliest = Date.UTC(2000, 0, 1)

function isGiven(ms: unknown): boolean {
  return ms !== undefined && ms !== null && ms !== '-'
}

/** An address as it stands in some logs, without protocol and host. */
function pathOf(text: string): string {
  return text.startsWith('http') ? text.replace(/^https?:\/\/[^/]*/, '') : text
}

/** A text in ISO 8601 with its zone, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970, by its size. */
function momentOf(at: unknown): number {
  if (typeof at === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(at)) return Date.parse(at)
  const number = numberOf(at)
  if (number === undefined) return Number.NaN
  if (number < 1e11) return number * 1_000
  if (number < 1e14) return number
  return number < 1e17 ? number / 1e3 : number / 1e6
}

function hostOf(host: unknown): string | undefined {
  return textOf(host)?.toLowerCase().replace(/:\d+$/, '')
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== '-' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A record that stands alone or as the only item of an array; an empty one for anything else. */
function only(value: unknown): Fields {
  const record: unknown = Array.isArray(value) ? value[0] : value
  return isFields(record) ? record : {}
}
