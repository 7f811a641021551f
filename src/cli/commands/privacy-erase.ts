import { parseDuration } from '../../base/duration.ts'
import { invitationNamed } from '../../invitations/find-invitation.ts'
import { clearErased, type Remains } from '../../privacy/clear-erased.ts'
import { eraseInvitation } from '../../privacy/erase-invitation.ts'
import { erasureReasons } from '../../privacy/erasure-reason.ts'
import { command } from '../command.ts'

/** Erases the person in an invitation. */
export const privacyErase = command({
  name: 'privacy:erase',
  about: 'Erase the person in an invitation: no copy of its token opens any more, with whatever keys',
  details:
    'The salt of its keys is destroyed, with those of all invitations that it was resent from or as. Ciphertext may ' +
    'exist in copies of the token and cannot be opened. Who issued and redeemed it stays as ids. It cannot be undone, ' +
    'and is done again after every restore.',
  flags: {
    invitation: { value: 'id or code', required: true, about: 'the invitation' },
    client: { value: 'code', about: 'the client it belongs to' },
    reason: { value: 'reason', choices: erasureReasons, default: 'request', about: 'why, for the ledger' },
    'backups-kept': {
      value: 'duration',
      about: 'how long backups and archives are kept here (30d), to say the day when the last copy is gone',
    },
    confirm: { value: 'code', about: "the invitation's code, or its client's, instead of typing it" },
  },
  examples: [
    'privacy:erase --invitation 7K3Q-F9XM-2DWA --confirm 7K3Q-F9XM-2DWA --backups-kept 30d',
    'privacy:erase --invitation 7K3Q-F9XM-2DWA --client acme --confirm acme --dry-run --json',
  ],
  changes: true,
  run: async (session, flags) => {
    const { client: clientCode, reason, confirm, invitation: name } = flags
    const kept = flags['backups-kept'] === undefined ? undefined : parseDuration(flags['backups-kept'])
    const found = await invitationNamed(await session.database(), name, clientCode)
    const code = confirm === found.clientCode ? found.clientCode : found.invitationCode
    await session.confirm(code, confirm, `The person in invitation ${found.invitationCode} would be erased.`)
    const erasure = await session.change((tx) =>
      eraseInvitation(tx, found.id, { clientCode: found.clientCode, reason }),
    )
    const remains: Remains = session.dryRun ? [] : await clearErased(await session.owner())
    const goneBy = kept === undefined ? null : new Date(erasure.erasedAt.getTime() + kept * 1_000)
    return { ...erasure, remains, goneBy }
  },
  say: ({ clientCode, invitations, remains, goneBy }, style) =>
    [
      `Erased: ${invitations.map(({ invitationCode }) => invitationCode).join(', ')} of ${clientCode}. Nothing opens the name and addresses any more.`,
      ...(remains.length === 0
        ? []
        : [
            '',
            'The salt is destroyed. Dead bytes of it may still lie in:',
            style.table([['WHERE', 'UNTIL'], ...remains.map(({ place, until }) => [place, until])]),
          ]),
      goneBy === null
        ? 'By when all of it is gone depends on how long backups are kept: say so with --backups-kept.'
        : `All of it is gone by ${goneBy.toISOString().slice(0, 10)}.`,
    ].join('\n'),
})
