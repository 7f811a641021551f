import type { Database } from '../../database/database.ts'
import { selectClientNames, selectHomesOfUsers } from './ingest.queries.ts'
import type { LogCall } from './log-call.ts'

/** A client as calls are counted for it. */
export type CountedClient = Readonly<{ id: string; apps: ReadonlySet<string> }>

/** Whose a call is, as far as the log itself tells. */
export type Owner = Readonly<{
  client: CountedClient | undefined
  /** The user whose client, if it is one, comes before the other. */
  user: string | undefined
}>

/** The clients of the database by all that a log may call them. */
export type Directory = Readonly<{
  ownerOf(call: LogCall): Owner
  byId(id: string): CountedClient | undefined
}>

/** Reads the codes, domains, buckets and applications of all clients. */
export async function openDirectory(db: Database): Promise<Directory> {
  const [ids, codes, domains, buckets] = [0, 1, 2, 3].map(() => new Map<string, CountedClient>()) as [
    Map<string, CountedClient>,
    Map<string, CountedClient>,
    Map<string, CountedClient>,
    Map<string, CountedClient>,
  ]
  for (const { id, clientCode, domain, bucketId, apps } of await selectClientNames(db)) {
    const client = { id, apps: new Set(apps) }
    ids.set(id, client)
    codes.set(clientCode, client)
    if (domain !== null) domains.set(domain, client)
    if (bucketId !== null) buckets.set(bucketId, client)
  }
  return {
    byId: (id) => ids.get(id),
    ownerOf: ({ client, user, host, bucket }) => {
      if (client !== undefined) return { client: codes.get(client), user: undefined }
      const named = domains.get(host ?? '') ?? buckets.get(bucket ?? '')
      return { client: named, user: user !== undefined && uuid.test(user) ? user : undefined }
    },
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The one client that each of these users is a member of; whoever is in none or in several is left out. */
export async function homesOfUsers(
  db: Database,
  users: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (users.length === 0) return new Map()
  const homes = await selectHomesOfUsers(db, users)
  return new Map(homes.map(({ userId, clientId }) => [userId, clientId]))
}
