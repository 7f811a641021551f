import { basename } from 'node:path'
import { FlowsError } from '../base/errors.ts'
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

const words = {
  passphrase: { needs: 'a passphrase', flag: '--passphrase-file', how: 'by a passphrase' },
  recipients: { needs: 'a recipient', flag: '--recipient', how: 'for recipients' },
} as const satisfies Record<Exclude<Seal, 'none'>, unknown>

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

/**
 * Sees that a backup can be closed so, and that the file, if one is named, has the ending that says so. Throws USAGE,
 * BACKUP_PASSPHRASE_WEAK or BACKUP_RECIPIENT_INVALID.
 */
export async function checkSealing({
  file,
  passphrase,
  recipients,
}: Sealing & { file?: string | undefined }): Promise<void> {
  if (file !== undefined) checkEnding(basename(file), sealOf({ passphrase, recipients }))
  if (passphrase !== undefined) checkPassphrase(passphrase)
  if (recipients !== undefined) await checkRecipients(recipients)
}

function checkEnding(name: string, seal: Seal): void {
  const named = sealOfName(name)
  if (named === seal) return
  if (seal !== 'none') {
    const message = `A backup that is sealed ${words[seal].how} is in a file that ends in ${endings[seal]}`
    throw new FlowsError('USAGE', message, {
      hint: `Name it ${name.slice(0, name.length - endings[named].length)}${endings[seal]}.`,
    })
  }
  if (named === 'none') return
  throw new FlowsError('USAGE', `A file that ends in ${endings[named]} needs ${words[named].needs}`, {
    hint: `Give ${words[named].flag}, or choose a name without that ending.`,
  })
}

/** Closes chunks. */
export function closed(
  chunks: AsyncIterable<Buffer>,
  { passphrase, recipients }: Sealing,
): AsyncIterable<Buffer> {
  if (passphrase !== undefined) return sealed(chunks, passphrase)
  return recipients === undefined ? chunks : ageSealed(chunks, recipients)
}
