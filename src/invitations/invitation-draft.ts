import type { Application } from '../applications/application.ts'
import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import { lifetime } from './invitation-policy.ts'
import { checkInvitee, domainOf, type Invitee } from './invitee.ts'
import { normalAddress } from './normal-address.ts'
import type { Restrictions } from './restrictions.ts'

/** What an invitation is made from. */
export type InvitationDraft = Readonly<{
  clientCode: string
  appCode: string
  /** Empty for a link that anyone may use up to `maxUses` times. */
  invitee: Invitee
  /** Each from the application's catalogue; none if left out. */
  permissions?: readonly string[] | undefined
  restrictions?: Restrictions | undefined
  /** 1 to 10,000; 1 if left out. */
  maxUses?: number | undefined
  /** In seconds, at most 366 days and what the application's settings say; 7 days if left out. */
  expiresIn?: number | undefined
  /** From when it can be used; at once if left out. */
  notBefore?: Date | undefined
  /** The auth user in whose name an admin of the client invites; staff if left out. */
  invitedBy?: string | undefined
}>

/** A draft that was checked, with everything filled in. */
export type CheckedDraft = Readonly<{
  invitee: Invitee
  permissions: readonly string[]
  restrictions: Restrictions
  maxUses: number
  expiresIn: number
  notBefore: Date | undefined
  invitedBy: string | undefined
}>

/** Checks a draft against its application; throws the error of the first part that cannot stand. */
export function checkDraft(draft: InvitationDraft, application: Application): CheckedDraft {
  const { maxUses = 1, restrictions = {}, notBefore, invitedBy } = draft
  if (!Number.isInteger(maxUses) || maxUses < 1 || maxUses > 10_000) {
    throw new FlowsError('INVITATION_MAX_USES_INVALID', 'An invitation can be used 1 to 10000 times', {
      hint: 'Write a whole number: --max-uses 25',
    })
  }
  const expiresIn = lifetime(draft.expiresIn, application)
  checkNotBefore(notBefore, expiresIn)
  const invitee = checkInvitee(draft.invitee)
  if (maxUses === 1 && Object.keys(invitee).length === 0) {
    throw new FlowsError('INVITATION_INVITEE_INVALID', 'An invitation for one person must say for whom', {
      hint: 'Add --invitee <company address>, or --max-uses for a link that several people may use.',
    })
  }
  checkDomain(invitee, restrictions)
  checkBound(invitee, restrictions)
  const permissions = checkPermissions(draft.permissions ?? [], application)
  return { invitee, permissions, restrictions, maxUses, expiresIn, notBefore, invitedBy }
}

function checkNotBefore(notBefore: Date | undefined, expiresIn: number): void {
  if (notBefore === undefined || notBefore.getTime() < now().getTime() + expiresIn * 1_000 - 1_000) return
  throw new FlowsError('INVITATION_EXPIRY_INVALID', 'The invitation would be over before it can be used', {
    hint: 'Choose an earlier --not-before or a longer --expires-in; both count from now.',
  })
}

function checkDomain({ companyEmail }: Invitee, { domain }: Restrictions): void {
  if (companyEmail === undefined || domain === undefined || domain.includes(domainOf(companyEmail))) return
  throw new FlowsError(
    'INVITATION_RESTRICTION_INVALID',
    'The company address lies outside the domains that the invitation is restricted to',
    { hint: "Restrict it to the address's own domain, or leave the restriction out." },
  )
}

// An address that normalises to nothing could never be met, so it is refused while somebody can mend it.
function checkBound({ companyEmail, privateEmail }: Invitee, { address }: Restrictions): void {
  const bound = [companyEmail, privateEmail].flatMap((text) => text ?? [])
  if (!address || (bound.length > 0 && bound.every((text) => normalAddress(text) !== undefined))) return
  throw new FlowsError(
    'INVITATION_RESTRICTION_INVALID',
    bound.length === 0
      ? 'An invitation can be bound to an address only if it has one'
      : 'An address has a character that only looks like another one, so nothing can be bound to it',
    { hint: 'Write the address in plain letters with --invitee, or leave out --restriction address=true.' },
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
