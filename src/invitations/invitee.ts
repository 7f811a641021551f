import { FlowsError } from '../base/errors.ts'
import type { InviteeField } from './token/claims.ts'

/** Whom an invitation is for. Lives only inside the token, encrypted. */
export type Invitee = Readonly<Partial<Record<InviteeField, string>>>

/**
 * Checks an invitee and takes the blanks around each field away; throws INVITATION_INVITEE_INVALID, which names the
 * field and repeats nothing of it.
 */
export function checkInvitee(invitee: Invitee): Invitee {
  const { fullName, companyEmail, privateEmail } = invitee
  return {
    ...(fullName === undefined ? {} : { fullName: checkName(fullName.trim()) }),
    ...(companyEmail === undefined ? {} : { companyEmail: checkAddress(companyEmail.trim(), 'company') }),
    ...(privateEmail === undefined ? {} : { privateEmail: checkAddress(privateEmail.trim(), 'private') }),
  }
}

/** The domain of an address that was checked, in lower case. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

function checkName(name: string): string {
  if (name !== '' && name.length <= 200 && !/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/u.test(name))
    return name
  throw new FlowsError(
    'INVITATION_INVITEE_INVALID',
    'The full name must have 1 to 200 printable characters',
    {
      hint: 'Write it on one line: --full-name "Ada Lovelace"',
    },
  )
}

// Invisible characters make two addresses look like one, so none is let in.
function checkAddress(address: string, which: 'company' | 'private'): string {
  const [local = '', domain = '', ...more] = address.split('@')
  const sound =
    more.length === 0 &&
    Buffer.byteLength(local) <= 64 &&
    Buffer.byteLength(address) <= 254 &&
    /^[^\p{C}\p{Z}\s"(),:;<>[\]\\.]+(\.[^\p{C}\p{Z}\s"(),:;<>[\]\\.]+)*$/u.test(local) &&
    /^([\p{L}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,}$/u.test(domain)
  if (sound) return address
  throw new FlowsError('INVITATION_INVITEE_INVALID', `The ${which} address is not an e-mail address`, {
    hint: `Write mailbox, @ and full domain, without blanks: ${which === 'company' ? '--invitee' : '--private-email'}`,
  })
}
