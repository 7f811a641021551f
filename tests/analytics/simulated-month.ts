/** A month of calls of many clients, made from a seed: the log as bytes, and beside it what was put into it. */
export type SimulatedMonth = Readonly<{
  /** The log, a few hundred kilobytes at a time: lines as nginx, Kong and Supabase write them, in turns. */
  log(): AsyncGenerator<Buffer>
  /** What each client called, filled while the log is read. */
  truth: ReadonlyMap<string, ClientTruth>
}>

/** What the log says of one client, added up call by call. */
export type ClientTruth = {
  calls: number
  errors: number
  refused: number
  byDay: Map<string, number>
  byApplication: Map<string, number>
  byEndpoint: Map<string, number>
  /** How many calls took so many whole milliseconds. */
  durations: Uint32Array
}

/** A client as calls of it can be told in a log. */
export type SimulatedClient = Readonly<{ clientCode: string; userId: string }>

const longest = 15_000
const endpoints = [
  ['rest', '/rest/v1/invitations?select=*'],
  ['rpc', '/rest/v1/rpc/redeem_invitation'],
  ['storage', '/storage/v1/object/list/some-bucket'],
  ['auth', '/auth/v1/token?grant_type=refresh_token'],
  ['other', '/health'],
] as const
const statuses = [200, 200, 200, 200, 201, 204, 304, 401, 404, 500, 503]

/** Prepares a month that begins on a day, such as "2025-01-01"; the same seed gives the same log. */
export function simulateMonth(
  clients: readonly SimulatedClient[],
  { firstDay, days, calls, seed }: { firstDay: string; days: number; calls: number; seed: number },
): SimulatedMonth {
  const truth = new Map(clients.map(({ clientCode }) => [clientCode, emptyTruth()]))
  const start = Date.parse(firstDay)
  async function* log(): AsyncGenerator<Buffer> {
    let state = seed >>> 0
    // A linear congruential generator (Numerical Recipes): five million lines are made beside the test.
    const below = (limit: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    }
    let text = ''
    for (let place = 0; place < calls; place += 1) {
      // Few clients call most: the square of an even draw.
      const draw = below(clients.length)
      const client = clients[Math.floor((draw * below(clients.length)) / clients.length)] as SimulatedClient
      // Everybody works for one hour a day, on some days earlier than on others.
      const elapsed = (place / calls) * days
      const day = Math.floor(elapsed)
      const at = start + Math.floor((day * 24 + 8 + (day % 5) + (elapsed - day)) * 3_600_000)
      const [endpoint, path] = endpoints[below(endpoints.length)] as (typeof endpoints)[number]
      const status = statuses[below(statuses.length)] as number
      const ms = below(20) === 0 ? below(longest) : below(200)
      const app = below(3) === 0 ? undefined : 'offboarding'
      text += lineOf(place % 3, client, { at, path, status, ms, app })
      note(truth.get(client.clientCode) as ClientTruth, {
        day: new Date(at).toISOString().slice(0, 10),
        app: place % 3 === 2 || app === undefined ? '_none' : app,
        endpoint,
        status,
        ms,
      })
      if (text.length > 300_000) {
        yield Buffer.from(text)
        text = ''
      }
    }
    yield Buffer.from(text)
  }
  return { log, truth }
}

function emptyTruth(): ClientTruth {
  return {
    calls: 0,
    errors: 0,
    refused: 0,
    byDay: new Map(),
    byApplication: new Map(),
    byEndpoint: new Map(),
    durations: new Uint32Array(longest),
  }
}

type Call = { at: number; path: string; status: number; ms: number; app: string | undefined }

function lineOf(
  shape: number,
  { clientCode, userId }: SimulatedClient,
  { at, path, status, ms, app }: Call,
): string {
  if (shape === 0) {
    const named = app === undefined ? '' : `,"app":"${app}"`
    return `{"time_iso8601":"${new Date(at).toISOString()}","client":"${clientCode}","request_uri":"${path}","status":${status},"request_time":${ms / 1_000}${named}}\n`
  }
  if (shape === 1) {
    const headers = app === undefined ? '{}' : `{"x-flows-app":"${app}"}`
    return `{"started_at":${at},"consumer":{"custom_id":"${clientCode}"},"request":{"uri":"${path}","headers":${headers}},"response":{"status":${status}},"latencies":{"request":${ms}}}\n`
  }
  return `{"timestamp":${at * 1_000},"metadata":[{"request":[{"path":"${path}","sb":[{"auth_user":"${userId}"}]}],"response":[{"status_code":${status},"origin_time":${ms}}]}]}\n`
}

function note(
  truth: ClientTruth,
  {
    day,
    app,
    endpoint,
    status,
    ms,
  }: { day: string; app: string; endpoint: string; status: number; ms: number },
): void {
  truth.calls += 1
  if (status >= 500) truth.errors += 1
  else if (status >= 400) truth.refused += 1
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
  add(truth.byDay, day)
  add(truth.byApplication, app)
  add(truth.byEndpoint, endpoint)
  truth.durations[ms] = (truth.durations[ms] ?? 0) + 1
}

const edges = [0, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/**
 * The estimate that a histogram must give of a percentile, worked out from every single duration: the place of the
 * call within its bucket; and the bounds between which the true percentile lies.
 */
export function percentileOf(
  all: readonly ClientTruth[],
  share: number,
): { estimate: number; exact: number; from: number; to: number } {
  const durations = new Float64Array(longest)
  for (const { durations: own } of all)
    own.forEach((count, ms) => {
      durations[ms] = (durations[ms] ?? 0) + count
    })
  const wanted = share * durations.reduce((sum, count) => sum + count, 0)
  let passed = 0
  const exact = durations.findIndex((count) => {
    passed += count
    return passed >= wanted && count > 0
  })
  const upper = edges.findIndex((edge, place) => place > 0 && exact <= edge)
  const [from, to] = upper === -1 ? [10_000, longest] : [edges[upper - 1] ?? 0, edges[upper] ?? 0]
  // A duration of 0 is in the first bucket, which begins below it.
  const first = from === 0 ? 0 : from + 1
  const before = durations.slice(0, first).reduce((sum, count) => sum + count, 0)
  const within = durations.slice(first, to + 1).reduce((sum, count) => sum + count, 0)
  const estimate = upper === -1 ? 10_000 : from + ((to - from) * (wanted - before)) / within
  return { estimate: Math.round(estimate * 10) / 10, exact, from, to }
}

/** All clients together. */
export function together(all: readonly ClientTruth[]): Pick<ClientTruth, 'calls' | 'errors' | 'refused'> {
  const sum = (key: 'calls' | 'errors' | 'refused') => all.reduce((total, truth) => total + truth[key], 0)
  return { calls: sum('calls'), errors: sum('errors'), refused: sum('refused') }
}
