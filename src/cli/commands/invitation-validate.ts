import { rateLimited, sayFault } from '../../invitations/redemption-refused.ts'
import type { Restrictions } from '../../invitations/restrictions.ts'
import { tokenAuthority } from '../../invitations/token/authority.ts'
import { verifyToken } from '../../invitations/token/verify-token.ts'
import { type OnlineVerdict, validateInvitation } from '../../invitations/validate-invitation.ts'
import { command } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { invitationKeys } from '../invitation-keys.ts'
import { readToken, tokenFile } from '../token-input.ts'

/** Checks a token, without the database unless it is asked for. */
export const invitationValidate = command({
  name: 'invitation:validate',
  about: 'Check a token: signature, time, audience and restrictions, without the database',
  details:
    'With --online the invitation is looked up too, and name and addresses are opened if it is good. ' +
    'Arguments can be seen by other users of the machine: prefer --token-file or standard input. ' +
    'Exits with 8 if the token is not valid.',
  arguments: [{ name: 'token', about: 'the token; left out, it is read from standard input' }],
  flags: {
    'token-file': tokenFile,
    online: { about: 'look the invitation up in the database, and open name and addresses' },
  },
  examples: [
    'invitation:validate --token-file invitation.jwt',
    'invitation:validate --online --token-file invitation.jwt --json',
  ],
  run: async (session, flags, argument): Promise<OnlineVerdict> => {
    const token = await readToken(session, argument, flags['token-file'])
    if (!flags.online) return verifyToken(token, tokenAuthority(session.settings))
    const verdict = await validateInvitation(
      await session.database(),
      token,
      invitationKeys(session.settings),
    )
    if (!verdict.valid && verdict.reason === 'rate_limited') throw rateLimited()
    return verdict
  },
  say: (verdict, style) =>
    verdict.valid
      ? [style.green(sayValid(verdict)), ...sayMore(verdict)].join('\n')
      : [style.red(`Not valid (${verdict.reason}): ${sayFault(verdict.reason)}.`), ...sayMore(verdict)].join(
          '\n',
        ),
  exit: ({ valid }) => (valid ? 0 : statusOf.unverified),
})

function sayValid(verdict: OnlineVerdict): string {
  return 'online' in verdict
    ? 'The token is valid, and its invitation can be redeemed.'
    : 'The token is valid. Its invitation was not looked up (--online).'
}

function sayRestrictions(restrictions: Restrictions): string {
  return (
    Object.entries(restrictions)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ') || 'none'
  )
}

function sayMore(verdict: OnlineVerdict): string[] {
  if (verdict.claims === null) return []
  const { sub, exp, invitation } = verdict.claims
  const online = 'online' in verdict ? verdict.online : undefined
  const invitee = 'invitee' in verdict ? verdict.invitee : undefined
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['invitation', sub],
    ['client', invitation.clientCode],
    ['application', invitation.appCode],
    ['permissions', invitation.permissions.join(', ') || 'none'],
    ['restrictions', sayRestrictions(invitation.restrictions)],
    ['expires', new Date(exp * 1_000).toISOString()],
    ['status', online?.status],
    ['used', online && `${online.usedCount} of ${online.maxUses}`],
    ['name', invitee?.fullName],
    ['company address', invitee?.companyEmail],
    ['private address', invitee?.privateEmail],
  ]
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(16)} ${text}`]))
}
