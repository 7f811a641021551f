import type { Application } from '../applications/application.ts'
import { sayDuration } from '../base/duration.ts'
import { FlowsError } from '../base/errors.ts'
import { checkInvitee, domainOf, type Invitee } from './invitee.ts'
import type { Restrictions } from './restrictions.ts'
import { maxLifetime } from './token/claims.ts'

/** What an invitation is made from. */
export type InvitationDraft = Readonly<{
  clientCode: string
  appCode: string
  /** Empty for a link that anyone may use up to `maxUses` times. */
  invitee: Invitee
  /** Each from the application's catalogue; none if left out. */
  permissions?: readonly string[]
  restrictions?: Restrictions
  /** 1 to 10,000; 1 if left out. */
  maxUses?: number
  /** In seconds, at most 366 days; 7 days if left out. */
  expiresIn?: number
}>

/** A draft that was checked, with everything filled in. */
export type CheckedDraft = Required<InvitationDraft>

/** Checks a draft against its application; throws the error of the first part that cannot stand. */
export function checkDraft(draft: InvitationDraft, application: Application): CheckedDraft {
  const { maxUses = 1, expiresIn = 7 * 86_400, restrictions = {} } = draft
  if (!Number.isInteger(maxUses) || maxUses < 1 || maxUses > 10_000) {
    throw new FlowsError('INVITATION_MAX_USES_INVALID', 'An invitation can be used 1 to 10000 times', {
      hint: 'Write a whole number: --max-uses 25',
    })
  }
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > maxLifetime) {
    throw new FlowsError(
      'INVITATION_EXPIRY_INVALID',
      `An invitation lives at most ${sayDuration(maxLifetime)}`,
      {
        hint: 'Choose a shorter time: --expires-in 30d',
      },
    )
  }
  const invitee = checkInvitee(draft.invitee)
  if (maxUses === 1 && Object.keys(invitee).length === 0) {
    throw new FlowsError('INVITATION_INVITEE_INVALID', 'An invitation for one person must say for whom', {
      hint: 'Add --invitee <company address>, or --max-uses for a link that several people may use.',
    })
  }
  checkDomain(invitee, restrictions)
  const permissions = checkPermissions(draft.permissions ?? [], application)
  return { ...draft, invitee, permissions, restrictions, maxUses, expiresIn }
}

function checkDomain({ companyEmail }: Invitee, { domain }: Restrictions): void {
  if (companyEmail === undefined || domain === undefined || domain.includes(domainOf(companyEmail))) return
  throw new FlowsError(
    'INVITATION_RESTRICTION_INVALID',
    'The company address lies outside the domains that the invitation is restricted to',
    { hint: "Restrict it to the address's own domain, or leave the restriction out." },
  )
}

function checkPermissions(
  wanted: readonly string[],
  { clientCode, appCode, permissions }: Application,
): readonly string[] {
  if (wanted.every((permission) => permissions.includes(permission))) return [...new Set(wanted)]
  throw new FlowsError(
    'INVITATION_PERMISSION_UNKNOWN',
    `The application ${appCode} knows no such permission; its catalogue: ${permissions.join(', ') || 'empty'}`,
    {
      hint: `Choose from the catalogue, or extend it with: app:update --client ${clientCode} --app ${appCode}`,
    },
  )
}
