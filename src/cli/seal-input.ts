import { resolve } from 'node:path'
import { parseIdentities, recipientsOf } from '../backup/age.ts'
import type { Opening } from '../backup/backup-source.ts'
import { isBucketAddress } from '../backup/bucket-address.ts'
import type { CreateBackupOptions } from '../backup/create-backup.ts'
import { FlowsError } from '../base/errors.ts'
import { connectStorage, type StorageApi } from '../storage/storage-api.ts'
import type { Session } from './command.ts'
import { openingPassphraseFile, readPassphrase } from './passphrase-input.ts'

/** The flags by which a sealed backup is opened. */
export const openingFlags = {
  'passphrase-file': openingPassphraseFile,
  'identity-file': {
    value: 'path',
    about: 'open with the identities of age in this file, or from standard input: -',
  },
} as const

/** What reaches a place of backups: the Storage API where it is in a bucket. */
export async function readStorage(session: Session, place: string): Promise<StorageApi | undefined> {
  return isBucketAddress(place) ? connectStorage(session.settings) : undefined
}

/** A place of backups as the rooms take it: folders and files whole, buckets as they are written. */
export function fullPlace(place: string): string {
  return isBucketAddress(place) ? place : resolve(place)
}

/** What reaches a backup and what the flags say opens it; throws USAGE for two ways to open it at once. */
export async function readOpening(
  session: Session,
  file: string,
  flags: { readonly 'passphrase-file': string | undefined; readonly 'identity-file': string | undefined },
): Promise<Opening> {
  const storage = await readStorage(session, file)
  const identityFile = flags['identity-file']
  if (identityFile === undefined)
    return { storage, passphrase: await readPassphrase(session, flags['passphrase-file']) }
  if (flags['passphrase-file'] === undefined)
    return { storage, identities: await parseIdentities(await session.readText(identityFile)) }
  throw new FlowsError('USAGE', 'A backup is opened by a passphrase or by an identity, not by both', {
    hint: 'Give either --passphrase-file or --identity-file.',
  })
}

/** How another backup is sealed so that the same opens it. */
export async function sealLike({
  passphrase,
  identities,
}: Opening): Promise<Pick<CreateBackupOptions, 'passphrase' | 'recipients'>> {
  return {
    passphrase,
    recipients: identities === undefined ? undefined : await recipientsOf(identities),
  }
}
