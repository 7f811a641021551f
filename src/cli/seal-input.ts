import { parseIdentities, recipientsOf } from '../backup/age.ts'
import type { Opening } from '../backup/backup-source.ts'
import { FlowsError } from '../base/errors.ts'
import type { Session } from './command.ts'
import { passphraseFile, readPassphrase } from './passphrase-input.ts'

/** The flags by which a sealed backup is opened. */
export const openingFlags = {
  'passphrase-file': passphraseFile,
  'identity-file': {
    value: 'path',
    about: 'open with the identities of age in this file, or from standard input: -',
  },
} as const

/** What the flags say opens a backup; throws USAGE for both at once. */
export async function readOpening(
  session: Session,
  flags: { readonly 'passphrase-file': string | undefined; readonly 'identity-file': string | undefined },
): Promise<Opening> {
  const identityFile = flags['identity-file']
  if (identityFile === undefined)
    return { passphrase: await readPassphrase(session, flags['passphrase-file']) }
  if (flags['passphrase-file'] === undefined)
    return { identities: await parseIdentities(await session.readText(identityFile)) }
  throw new FlowsError('USAGE', 'A backup is opened by a passphrase or by an identity, not by both', {
    hint: 'Give either --passphrase-file or --identity-file.',
  })
}

/** How another backup is sealed so that the same opens it. */
export async function sealLike({
  passphrase,
  identities,
}: Opening): Promise<{ passphrase?: string; recipients?: readonly string[] }> {
  if (passphrase !== undefined) return { passphrase }
  return identities === undefined ? {} : { recipients: await recipientsOf(identities) }
}
