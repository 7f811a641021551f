import { FlowsError } from '../base/errors.ts'

/** The error for a backup that is not what backup:create wrote. */
export function damaged(reason: string, cause?: unknown): FlowsError {
  return new FlowsError('BACKUP_DAMAGED', `The backup is damaged. ${reason}`, {
    hint: 'Nothing was changed. Take another backup: backup:list shows what there is.',
    ...(cause === undefined ? {} : { cause }),
  })
}
