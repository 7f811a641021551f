import { FlowsError } from '../../base/errors.ts'
import { erasureReasons } from '../../privacy/erasure-reason.ts'
import { command } from '../command.ts'
import { eraseClientIn, sayErasedClient } from '../erase-client-in.ts'
import { eraseInvitationIn, sayErasedInvitation } from '../erase-invitation-in.ts'
import { passphraseFile } from '../passphrase-input.ts'

/** Erases the person in an invitation, or a whole client. */
export const privacyErase = command({
  name: 'privacy:erase',
  about: 'Erase the person in an invitation, or a whole client: for ever, whoever holds which keys',
  details:
    'With --invitation the salt of its keys is destroyed, with those of all invitations that it was resent from or as; ' +
    'ciphertext may exist in copies of the token and cannot be opened; who issued and redeemed it stays as ids. With ' +
    '--client alone everything of the client goes in one transaction: rows of every table, keys, bucket and files; a ' +
    'backup without keys comes first, a sealed certificate comes last, the code stays reserved, and the audit trail ' +
    'stays until its period is over. Neither can be undone, and both hold after every restore. A run that was cut off ' +
    'is finished by the next one.',
  flags: {
    invitation: { value: 'id or code', about: 'the invitation; without it the whole client is erased' },
    client: { value: 'code', about: 'the client, or the one that the invitation belongs to' },
    reason: { value: 'reason', choices: erasureReasons, default: 'request', about: 'why, for the ledger' },
    'backups-kept': {
      value: 'duration',
      about: 'how long backups and archives are kept here (30d), to say the day when the last copy is gone',
    },
    confirm: { value: 'code', about: "the client's code, or the invitation's, instead of typing it" },
    'no-backup': { about: 'of a client: make no backup first' },
    to: { value: 'folder', about: 'of a client: where the backup goes (here if not given)' },
    'passphrase-file': passphraseFile,
    recipient: {
      value: 'age1...',
      repeat: true,
      about: 'of a client: encrypt the backup for this key of age',
    },
    certificate: { value: 'path', about: 'of a client: write the certificate to this file, too' },
  },
  examples: [
    'privacy:erase --invitation 7K3Q-F9XM-2DWA --confirm 7K3Q-F9XM-2DWA --backups-kept 30d',
    'privacy:erase --invitation 7K3Q-F9XM-2DWA --client acme --confirm acme --dry-run --json',
    'privacy:erase --client acme --confirm acme --certificate erased-acme.json',
  ],
  changes: true,
  run: async (session, flags) => {
    const { invitation, client } = flags
    const ofClient = [flags.to, flags['passphrase-file'], ...flags.recipient, flags.certificate]
    const hasClientFlags = flags['no-backup'] || ofClient.some((value) => value !== undefined)
    if (invitation !== undefined && hasClientFlags) {
      throw new FlowsError('USAGE', 'An invitation is erased without a backup and without a certificate', {
        hint: 'Leave out --no-backup, --to, --passphrase-file, --recipient and --certificate.',
      })
    }
    if (invitation !== undefined) return eraseInvitationIn(session, { ...flags, invitation })
    if (client !== undefined) return eraseClientIn(session, { ...flags, client })
    throw new FlowsError('USAGE', 'What is to be erased?', {
      hint: 'Give --invitation <id or code> for one person, or --client <code> for a whole client.',
    })
  },
  say: (result, style, how) =>
    'certificate' in result ? sayErasedClient(result, style, how) : sayErasedInvitation(result, style),
})
