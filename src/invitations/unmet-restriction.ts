import { type IpRange, parseIpRange } from '../base/ip-range.ts'
import { domainOf, type Invitee } from './invitee.ts'
import { normalAddress } from './normal-address.ts'
import { type Restrictions, restrictionFault } from './restrictions.ts'

/** Who redeems, as a server that sees the person knows it; what is not known meets no restriction. */
export type Redeemer = Readonly<{
  /** The account's e-mail address, which must have been verified. */
  address?: string | undefined
  /** Where the request came from. */
  ip?: string | undefined
  /** Whether the account signed in with a second factor (claim `aal` is `aal2`). */
  mfa?: boolean | undefined
}>

/** Which restriction of a token its bearer does not meet. */
export type UnmetRestriction =
  | 'restriction_unknown'
  | 'restriction_address'
  | 'restriction_domain'
  | 'restriction_ip'
  | 'restriction_mfa'

/**
 * The first restriction that the redeemer does not meet; undefined if all are met. `invitee` is what the token holds,
 * opened: without it a bound address is not met. A name that is not known here is never met.
 */
export function unmetRestriction(
  restrictions: Restrictions,
  { address = '', ip = '', mfa = false }: Redeemer,
  invitee: Invitee = {},
): UnmetRestriction | undefined {
  if (restrictionFault(restrictions) !== undefined) return 'restriction_unknown'
  const normal = normalAddress(address)
  if (restrictions.address && !isOneOf(normal, invitee)) return 'restriction_address'
  if (restrictions.domain && !(normal !== undefined && restrictions.domain.includes(domainOf(normal)))) {
    return 'restriction_domain'
  }
  if (restrictions.ip && !restrictions.ip.some((range) => isInRange(ip, range))) return 'restriction_ip'
  return restrictions.mfa && !mfa ? 'restriction_mfa' : undefined
}

function isOneOf(normal: string | undefined, { companyEmail, privateEmail }: Invitee): boolean {
  const bound = [companyEmail, privateEmail].flatMap((address) => address ?? [])
  return normal !== undefined && bound.some((address) => normalAddress(address) === normal)
}

/** Whether an address lies in a range, an IPv4 one in either spelling (192.0.2.1, ::ffff:192.0.2.1) in either kind. */
export function isInRange(address: string, range: string): boolean {
  const [asked, within] = [parseIpRange(address), parseIpRange(range)].map(asIpv6)
  if (asked === undefined || within === undefined || asked.bits !== 128) return false
  return within.bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, within.bits - index * 8))
    return (byte ^ (asked.bytes[index] ?? 0)) >> (8 - kept) === 0
  })
}

function asIpv6(range: IpRange | undefined): IpRange | undefined {
  if (range?.bytes.length !== 4) return range
  return { bytes: [...new Array<number>(10).fill(0), 0xff, 0xff, ...range.bytes], bits: range.bits + 96 }
}
