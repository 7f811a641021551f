import { now } from '../base/clock.ts'
import { parseDuration } from '../base/duration.ts'
import type { Invitee } from '../invitations/invitee.ts'
import type { Flag } from './command.ts'
import { parseMoment } from './moments.ts'

/** The flags that say for whom an invitation is. */
export const inviteeFlags = {
  invitee: { value: 'address', about: 'company address of the person; may be left out with --max-uses' },
  'full-name': { value: 'name', about: 'name of the person' },
  'private-email': { value: 'address', about: 'private address of the person' },
} as const satisfies Record<string, Flag>

/** The flags that say what an invitation demands and how long it lives. */
export const termFlags = {
  restriction: {
    value: 'key=value',
    repeat: true,
    about: 'who may redeem: address=true, domain=acme.com, ip=192.0.2.0/24 or mfa=true',
  },
  'expires-in': {
    value: 'duration',
    about: "how long it lives from now, at most 366d and the application's maxExpiry (7d if not given)",
  },
  'not-before': { value: 'moment', about: 'from when it can be used: 2026-01-31, or 3d (in three days)' },
} as const satisfies Record<string, Flag>

/** The invitee whom the flags describe; empty if none of them is given. */
export function inviteeFrom(flags: {
  readonly invitee: string | undefined
  readonly 'full-name': string | undefined
  readonly 'private-email': string | undefined
}): Invitee {
  return {
    ...(flags['full-name'] === undefined ? {} : { fullName: flags['full-name'] }),
    ...(flags.invitee === undefined ? {} : { companyEmail: flags.invitee }),
    ...(flags['private-email'] === undefined ? {} : { privateEmail: flags['private-email'] }),
  }
}

/** When an invitation begins and how long it lives, as the flags say. */
export function termsFrom(flags: {
  readonly 'expires-in': string | undefined
  readonly 'not-before': string | undefined
}): { expiresIn: number | undefined; notBefore: Date | undefined } {
  const { 'expires-in': expiresIn, 'not-before': notBefore } = flags
  return {
    expiresIn: expiresIn === undefined ? undefined : parseDuration(expiresIn, 'expires-in'),
    notBefore: notBefore === undefined ? undefined : comingMoment(notBefore),
  }
}

function comingMoment(text: string): Date {
  if (!/^[0-9]+[smhdw]$/.test(text)) return parseMoment(text, 'not-before')
  return new Date(now().getTime() + parseDuration(text) * 1_000)
}
