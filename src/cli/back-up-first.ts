import { dirname } from 'node:path'
import type { Opening } from '../backup/backup-source.ts'
import { createBackup } from '../backup/create-backup.ts'
import type { BackupHeader } from '../backup/header.ts'
import { FlowsError } from '../base/errors.ts'
import type { Session } from './command.ts'
import { fullPlace, sealLike } from './seal-input.ts'
import { version } from './version.ts'

/**
 * Backs up what a client is before a backup of it replaces that: beside the file, under a name of its own, sealed so that
 * the same opens it. Gives where it is; throws FILE_UNWRITABLE or what the Storage API is refused.
 */
export async function backUpFirst(
  session: Session,
  file: string,
  opening: Opening,
  { clientCode, withKeys }: BackupHeader,
): Promise<string> {
  const options = {
    kind: 'before-restore' as const,
    program: version(),
    folder: dirname(fullPlace(file)),
    storage: opening.storage,
    ...(await sealLike(opening)),
    withKeys,
    progress: session.progress,
  }
  try {
    return (await createBackup(await session.owner(), clientCode, options)).file
  } catch (cause) {
    if (!(cause instanceof FlowsError) || !/^(FILE_|STORAGE_|BUCKET_)/.test(cause.code)) throw cause
    throw new FlowsError(
      cause.code,
      `The backup of what client "${clientCode}" is now cannot be written beside the file. ${cause.message}`,
      {
        hint: 'Nothing was changed. Put the file where there is place to write, or go without that backup: --no-backup',
        cause,
      },
    )
  }
}
