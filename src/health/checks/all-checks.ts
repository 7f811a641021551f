import { auditChecks } from './audit.ts'
import { backupChecks } from './backups.ts'
import type { Check } from './check.ts'
import { isolationChecks } from './isolation.ts'
import { keyChecks } from './keys.ts'
import { replicationChecks } from './replication.ts'
import { schemaChecks } from './schema.ts'
import { serverChecks } from './server.ts'
import { serviceChecks } from './services.ts'
import { sessionChecks } from './sessions.ts'
import { storageChecks } from './storage.ts'
import { tableChecks } from './tables.ts'

/** Every check, in the order in which they are told. */
export const allChecks: readonly Check[] = [
  ...serverChecks,
  ...sessionChecks,
  ...replicationChecks,
  ...schemaChecks,
  ...isolationChecks,
  ...auditChecks,
  ...keyChecks,
  ...storageChecks,
  ...backupChecks,
  ...tableChecks,
  ...serviceChecks,
]
