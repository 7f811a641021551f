import type { Database } from '../../database/database.ts'
import { bucketOf, noLatencies } from '../latency.ts'
import { type CountedClient, type Directory, homesOfUsers } from './directory.ts'
import type { Count } from './ingest.queries.ts'
import type { LogCall } from './log-call.ts'

/** Calls that will count alike. */
type Pile = {
  client: CountedClient | undefined
  user: string | undefined
  call: LogCall
  calls: number
  totalMs: number
  ms: number[]
  /** The lines they stand on, where it is not certain yet that they count. */
  lines: number[]
}

/** What a stretch of a log comes to: counts, and the lines whose calls belong to no client. */
export type Tallied = Readonly<{ counts: Count[]; recorded: number; unknown: number[] }>

/** The calls of one stretch of a log, added up; its size depends on how many different ones there are. */
export type Tally = Readonly<{
  /** Takes a call in; false if it belongs to no client. */
  add(call: LogCall, line: number): boolean
  /** Finds the clients of users, and gives what was added up. */
  close(db: Database): Promise<Tallied>
}>

/** Begins to add up. */
export function openTally(directory: Directory): Tally {
  const piles = new Map<string, Pile>()
  return {
    add: (call, line) => {
      const { client, user } = directory.ownerOf(call)
      if (client === undefined && user === undefined) return false
      const { hour, app = '', endpoint, status, ms } = call
      const key = `${client?.id}|${user}|${hour}|${endpoint}|${Math.floor(status / 100)}|${app}`
      let pile = piles.get(key)
      if (pile === undefined) {
        pile = { client, user, call, calls: 0, totalMs: 0, ms: noLatencies(), lines: [] }
        piles.set(key, pile)
      }
      pile.calls += 1
      if (client === undefined) pile.lines.push(line)
      if (ms !== undefined) {
        const bucket = bucketOf(ms)
        pile.totalMs += Math.round(ms)
        pile.ms[bucket] = (pile.ms[bucket] ?? 0) + 1
      }
      return true
    },
    close: (db) => tallied(db, directory, [...piles.values()]),
  }
}

async function tallied(db: Database, directory: Directory, piles: readonly Pile[]): Promise<Tallied> {
  const users = new Set(piles.flatMap(({ user }) => (user === undefined ? [] : [user])))
  const homes = await homesOfUsers(db, [...users])
  const counts = new Map<string, Count>()
  const result = { recorded: 0, unknown: [] as number[] }
  for (const pile of piles) {
    const client = directory.byId(homes.get(pile.user ?? '') ?? '') ?? pile.client
    if (client === undefined) result.unknown.push(...pile.lines)
    else {
      addCount(counts, countOf(pile, client))
      result.recorded += pile.calls
    }
  }
  return {
    counts: [...counts.values()],
    recorded: result.recorded,
    unknown: result.unknown.sort((one, other) => one - other),
  }
}

/** Adds a count to that of the same key: the database takes each key once. */
function addCount(counts: Map<string, Count>, count: Count): void {
  const key = `${count.client_id} ${count.hour} ${count.app_code} ${count.endpoint_class} ${count.status_class}`
  const known = counts.get(key)
  if (known === undefined) {
    counts.set(key, count)
    return
  }
  known.calls += count.calls
  known.errors += count.errors
  known.total_ms += count.total_ms
  known.ms = known.ms.map((calls, bucket) => calls + (count.ms[bucket] ?? 0))
}

function countOf({ call, calls, totalMs, ms }: Pile, { id, apps }: CountedClient): Count {
  const { app, endpoint, status, hour } = call
  return {
    client_id: id,
    hour: new Date(hour).toISOString(),
    app_code: app === undefined ? '_none' : apps.has(app) ? app : '_other',
    endpoint_class: endpoint,
    status_class: `${Math.floor(status / 100)}xx`,
    calls,
    errors: status >= 500 ? calls : 0,
    total_ms: totalMs,
    ms,
  }
}
