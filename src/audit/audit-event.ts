/**
 * What can happen to a row; `refuse` is what somebody wanted and did not get. `restore` stands for all rows of a backup,
 * `erase` for all that left with a client or when their time was over.
 */
export const auditVerbs = ['insert', 'update', 'delete', 'truncate', 'refuse', 'restore', 'erase'] as const

/** What the trail tells of beside tables: acts that no trigger writes. */
export const auditedActs = ['audit_events', 'backups', 'buckets', 'exports'] as const

/** Whose events are of no client: the operator's. */
export const operator = '00000000-0000-0000-0000-000000000000'

/** One of the verbs. */
export type AuditVerb = (typeof auditVerbs)[number]

/** One entry of the audit trail. It names columns that changed, and shows only values that tell of no person. */
export type AuditEvent = {
  id: string
  createdAt: Date
  /** The transaction, the same for all that happened at once. */
  tx: string
  /** The signed-in user's id, or the database role that acted. */
  actor: string
  requestId: string | null
  /** The nil uuid for what belongs to the operator and no client. */
  clientId: string
  clientCode: string | null
  /** Whether the client was erased; its code is the one that it had. */
  clientErased: boolean
  tableName: string
  rowId: string
  verb: AuditVerb
  changedColumns: string[]
  /** Of an insert the values, of an update `[before, after]` by column, of a refusal attempt and reason. */
  details: Record<string, unknown>
}
