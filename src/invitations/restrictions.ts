import { FlowsError } from '../base/errors.ts'
import { isIpRange } from '../base/ip-range.ts'

/** What an invitation demands of whoever redeems it. A validator refuses every name that it does not know. */
export type Restrictions = Readonly<{
  /** The account's address is one of those in the token, after normalisation. */
  address?: true
  /** The account's address lies in one of these domains. */
  domain?: readonly string[]
  /** The request comes from one of these addresses or ranges, IPv4 or IPv6. */
  ip?: readonly string[]
  /** The account signed in with a second factor. */
  mfa?: true
}>

const mostValues = 20
const hostName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/

const isKnownValue: Record<keyof Restrictions, (value: unknown) => boolean> = {
  address: (value) => value === true,
  domain: (value) => isListOf(value, (text) => hostName.test(text)),
  ip: (value) => isListOf(value, isIpRange),
  mfa: (value) => value === true,
}

/** Why restrictions found in a token cannot be honoured: a name unknown here, or a value that no mint writes. */
export function restrictionFault(restrictions: object): 'restriction_unknown' | 'malformed' | undefined {
  if (Array.isArray(restrictions) || restrictions === null) return 'malformed'
  let isMalformed = false
  for (const [name, value] of Object.entries(restrictions)) {
    if (!Object.hasOwn(isKnownValue, name)) return 'restriction_unknown'
    isMalformed ||= !isKnownValue[name as keyof Restrictions](value)
  }
  return isMalformed ? 'malformed' : undefined
}

/**
 * Reads restrictions as they are written: `address=true`, `domain=acme.com`, `ip=10.0.0.0/8`, `mfa=true`; a name of a
 * list may come again, or have several values with commas between. Throws INVITATION_RESTRICTION_INVALID.
 */
export function parseRestrictions(texts: readonly string[]): Restrictions {
  const restrictions: { address?: true; domain?: string[]; ip?: string[]; mfa?: true } = {}
  for (const text of texts) {
    const separator = text.indexOf('=')
    const name = text.slice(0, separator)
    const values = text
      .slice(separator + 1)
      .toLowerCase()
      .split(',')
    if ((name === 'mfa' || name === 'address') && values.join() === 'true') restrictions[name] = true
    else if (name === 'domain' || name === 'ip') {
      restrictions[name] = [...new Set([...(restrictions[name] ?? []), ...values])]
    } else throw invalidRestriction()
  }
  if (restrictionFault(restrictions) !== undefined) throw invalidRestriction()
  return restrictions
}

/** The error for a restriction that cannot stand, without repeating it. */
function invalidRestriction(): FlowsError {
  return new FlowsError(
    'INVITATION_RESTRICTION_INVALID',
    'A restriction is unknown or has a value it cannot have',
    {
      hint: `Write address=true, domain=acme.com, ip=192.0.2.0/24 or mfa=true; at most ${mostValues} values each.`,
    },
  )
}

function isListOf(value: unknown, isOne: (text: string) => boolean): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= mostValues &&
    value.every((item) => typeof item === 'string' && isOne(item))
  )
}
