/**
 * What can happen to a row; `refuse` is what somebody wanted and did not get. `restore` stands for all rows of a backup,
 * `erase` for all that left with a client or when their time was over.
 */
export const auditVerbs = ['insert', 'update', 'delete', 'truncate', 'refuse', 'restore', 'erase'] as const

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
  tableName: string
  rowId: string
  verb: AuditVerb
  changedColumns: string[]
  /** Of an insert the values, of an update `[before, after]` by column, of a refusal attempt and reason. */
  details: Record<string, unknown>
}
