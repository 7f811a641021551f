import type { Database } from '../database/database.ts'
import { bucketUsage } from '../storage/bucket-usage.ts'
import type { Client } from './client.ts'
import { clientByCode } from './find-client.ts'
import { selectAppCodes, selectInvitationCounts, selectUsage } from './usage.queries.ts'

const invitationStates = ['pending', 'redeemed', 'expired', 'revoked', 'superseded', 'erased'] as const

/** How much of what is allowed is in use; percent is rounded to a whole number. */
export type Share = { used: number; limit: number; percent: number }

/** Everything that is worth knowing of a client at a glance. */
export type ClientStatus = Client & {
  deactivatedAt: Date | null
  /** Active members against the tier's limit. */
  members: Share & { inactive: number; admins: number }
  /** Bytes in the bucket against the tier's limit. */
  storage: Share & { bucketId: string | null; objects: number }
  features: string[]
  applications: string[]
  /** By state; one that is past its time is expired, whether it was cleaned up or not. */
  invitations: Record<(typeof invitationStates)[number], number>
  /** The time of its newest audit event. */
  lastActivityAt: Date | null
}

/** What a client has, uses and may use; throws CLIENT_NOT_FOUND. */
export async function clientStatus(db: Database, clientCode: string): Promise<ClientStatus> {
  const client = await clientByCode(db, clientCode)
  const usage = await selectUsage(db, client.id)
  const bucket = await bucketUsage(db, client.id)
  const counted = await selectInvitationCounts(db, client.id)
  const invitations = invitationStates.map((state) => [
    state,
    counted.find((counts) => counts.state === state)?.invitations ?? 0,
  ])
  return {
    ...client,
    deactivatedAt: usage.deactivatedAt,
    members: {
      ...share(usage.activeMembers, usage.maxUsers),
      inactive: usage.inactiveMembers,
      admins: usage.adminMembers,
    },
    storage: {
      ...share(bucket?.objectBytes ?? 0, usage.storageBytes),
      bucketId: bucket?.bucketId ?? null,
      objects: bucket?.objectCount ?? 0,
    },
    features: usage.features,
    applications: await selectAppCodes(db, client.id),
    invitations: Object.fromEntries(invitations) as ClientStatus['invitations'],
    lastActivityAt: usage.lastActivityAt,
  }
}

function share(used: number, limit: number): Share {
  return { used, limit, percent: Math.round((used / limit) * 100) }
}
