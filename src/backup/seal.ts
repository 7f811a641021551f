import { ageSealed, checkRecipients } from './age.ts'
import { checkPassphrase, sealed } from './encryption.ts'

/** How a file is closed: not at all, with a passphrase, or for the holders of keys. */
export type Seal = 'none' | 'passphrase' | 'recipients'

/** What closes a file; with neither it is open to whoever may read it. */
export type Sealing = {
  /** At least 12 characters. */
  passphrase?: string | undefined
  /** Public keys of age (`age1...`), instead. */
  recipients?: readonly string[] | undefined
}

const endings = { none: '', passphrase: '.enc', recipients: '.age' } as const satisfies Record<Seal, string>

/** Which way a file is closed. */
export function sealOf({ passphrase, recipients }: Sealing): Seal {
  if (passphrase !== undefined) return 'passphrase'
  return recipients === undefined ? 'none' : 'recipients'
}

/** Which way a file of this name is closed. */
export function sealOfName(name: string): Seal {
  if (name.endsWith(endings.passphrase)) return 'passphrase'
  return name.endsWith(endings.recipients) ? 'recipients' : 'none'
}

/** What is added to the name of a closed file. */
export function sealEnding(seal: Seal): string {
  return endings[seal]
}

/** Throws BACKUP_PASSPHRASE_WEAK or BACKUP_RECIPIENT_INVALID. */
export async function checkSealing({ passphrase, recipients }: Sealing): Promise<void> {
  if (passphrase !== undefined) checkPassphrase(passphrase)
  if (recipients !== undefined) await checkRecipients(recipients)
}

/** Closes chunks. */
export function closed(
  chunks: AsyncIterable<Buffer>,
  { passphrase, recipients }: Sealing,
): AsyncIterable<Buffer> {
  if (passphrase !== undefined) return sealed(chunks, passphrase)
  return recipients === undefined ? chunks : ageSealed(chunks, recipients)
}
