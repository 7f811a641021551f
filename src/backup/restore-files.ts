import { FlowsError } from '../base/errors.ts'
import { clientByCode } from '../clients/find-client.ts'
import type { Database } from '../database/database.ts'
import { bucketUsage } from '../storage/bucket-usage.ts'
import { type StorageApi, uploadObject } from '../storage/storage-api.ts'
import { backupSource, type Opening } from './backup-source.ts'
import { type ErasedWish, meetErasure } from './erased-client.ts'
import type { FileCount } from './format.ts'
import { readBackup } from './read-backup.ts'

/** Which client the files go to, whom to tell, and how the backup is opened. */
export type RestoreFilesOptions = Opening &
  ErasedWish & {
    /** Another client than the one that was backed up. */
    clientCode?: string | undefined
    progress?: ((text: string) => void) | undefined
  }

/**
 * Writes the files of a backup into the bucket of a client, over those of the same names; others stay. Each is checked
 * while it flows. May be repeated until it succeeds. Throws BACKUP_WITHOUT_FILES, BACKUP_CLIENT_ERASED,
 * BACKUP_CLIENT_DIFFERS, CLIENT_NOT_FOUND, or what readBackup and uploadObject do.
 */
export async function restoreFiles(
  db: Database,
  storage: StorageApi,
  file: string,
  { clientCode, erased = false, progress = () => undefined, ...opening }: RestoreFilesOptions,
): Promise<FileCount & { clientCode: string }> {
  const { header, manifest } = await readBackup(backupSource(file, opening))
  if (manifest.files === undefined) throw withoutFiles()
  await meetErasure(db, header, { erased })
  const client = await clientByCode(db, clientCode ?? header.clientCode)
  if (clientCode === undefined && client.id !== header.clientId) throw otherClient(client.clientCode)
  const bucket = await bucketUsage(db, client.id)
  if (bucket === undefined) {
    throw new FlowsError('BUCKET_NOT_FOUND', `Client "${client.clientCode}" has no storage bucket`, {
      hint: `See it with: client:status ${client.clientCode}`,
    })
  }
  let done = 0
  await readBackup(backupSource(file, opening), {
    file: async ({ name, contentType, cacheControl }, chunks) => {
      await uploadObject(storage, bucket.bucketId, name, chunks, { contentType, cacheControl })
      done += 1
      if (done % 100 === 0) progress(`${done} files`)
    },
  })
  return { clientCode: client.clientCode, ...manifest.files }
}

function otherClient(clientCode: string): FlowsError {
  return new FlowsError(
    'BACKUP_CLIENT_DIFFERS',
    `The client "${clientCode}" is not the one that was backed up`,
    {
      hint: `Nothing was written. If the files are to go to it all the same, say so: --only-files --as ${clientCode}`,
    },
  )
}

/** The error for a backup that was made without files, where they are asked for. */
export function withoutFiles(): FlowsError {
  return new FlowsError('BACKUP_WITHOUT_FILES', 'The backup holds no files of the bucket', {
    hint: 'Nothing was changed. Leave --with-files out, or take a backup that was made with it.',
  })
}
