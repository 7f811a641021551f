/** The kinds of attack, in the order in which they run. */
export const families = [
  'read',
  'count',
  'insert',
  'move',
  'update',
  'delete',
  'truncate',
  'null-tenant',
  'foreign-key',
  'unique',
  'view-write',
  'function',
  'leaky-filter',
  'escalation',
  'trigger',
  'sequence',
  'large-object',
  'storage',
  'rule',
  'context',
  'version',
] as const

/** One kind of attack. */
export type Family = (typeof families)[number]

/** The families that take no lock beyond a reader's: what --read-only-families leaves. */
export const readOnlyFamilies: readonly Family[] = [
  'read',
  'count',
  'unique',
  'foreign-key',
  'escalation',
  'leaky-filter',
  'sequence',
  'large-object',
  'rule',
  'context',
  'version',
]
