import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { serverError } from '../database/failures.ts'
import { restTriggers } from './restore.queries.ts'

/**
 * Lets triggers and the checks of foreign keys rest for a transaction; nobody else sees it. Throws BACKUP_ROLE_UNFIT for
 * a role that may not.
 */
export async function letTriggersRest(tx: Database): Promise<void> {
  try {
    await restTriggers(tx)
  } catch (cause) {
    if (serverError(cause)?.code !== '42501') throw cause
    throw new FlowsError('BACKUP_ROLE_UNFIT', 'This role may not let triggers rest, which this needs', {
      hint: 'As a superuser: grant set on parameter session_replication_role to the migrating role (db:init does it).',
      cause,
    })
  }
}
