import { FlowsError } from '../base/errors.ts'

/** The reason where more should follow than does. */
export const cutOff = 'The file is cut off'

/** The error for a backup that is not what backup:create wrote. */
export function damaged(reason: string, cause?: unknown): FlowsError {
  return new FlowsError('BACKUP_DAMAGED', `The backup is damaged. ${reason}`, {
    hint: 'Nothing was changed. Take another backup: backup:list shows what there is.',
    ...(cause === undefined ? {} : { cause }),
  })
}
