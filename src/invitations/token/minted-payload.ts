import { lengthOfSpelled } from '../../base/base64url.ts'
import { areTimes, type SealedInvitee, sealedBytes, type TokenClaims } from './claims.ts'
import { knownTerms } from './known-terms.ts'

// A payload in the one spelling of `mintToken`: names in their order, no blank, no escape, printable ASCII only.
const text = '[ !#-[\\]-~]*'
const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const seconds = '([1-9][0-9]{0,11})'
const code = '[a-z0-9]+(?:-[a-z0-9]+)*'
const sealed = '([A-Za-z0-9_-]+)'
const next = '(?:,(?=")|(?=}))'

const spelling = new RegExp(
  [
    `^{"iss":"(${text})","aud":"(${text})","sub":"(${uuid})","iat":${seconds}(?:,"nbf":${seconds})?`,
    `,"exp":${seconds},"jti":"([A-Za-z0-9_-]{21}[AQgw])"`,
    `,"invitation":{"clientCode":"(${code})","appCode":"(${code})","epoch":([1-9][0-9]{0,14})`,
    `,"invitee":{(?:"fullName":"${sealed}"${next})?(?:"companyEmail":"${sealed}"${next})?`,
    `(?:"privateEmail":"${sealed}")?},("permissions":[ -~]*)}}$`,
  ].join(''),
)

/**
 * The claims of a payload (its bytes as Latin-1) that is spelled as `mintToken` spells it, in which neither `readClaims`
 * nor `restrictionFault` would find a fault; undefined for any other, which may be good all the same and must be read as
 * JSON. Takes a third of the time of that.
 */
export function readMinted(payload: string): TokenClaims | undefined {
  const found = spelling.exec(payload)
  const terms = found === null ? undefined : knownTerms(found[14] as string)
  if (found === null || terms === undefined) return undefined
  const nbf = found[5] === undefined ? undefined : Number(found[5])
  const claims: TokenClaims = {
    iss: found[1] as string,
    aud: found[2] as string,
    sub: found[3] as string,
    iat: Number(found[4]),
    ...(nbf === undefined ? undefined : { nbf }),
    exp: Number(found[6]),
    jti: found[7] as string,
    invitation: {
      clientCode: found[8] as string,
      appCode: found[9] as string,
      epoch: Number(found[10]),
      invitee: inviteeOf(found[11], found[12], found[13]),
      permissions: terms.permissions,
      restrictions: terms.restrictions,
    },
  }
  return isWithinBounds(claims) ? claims : undefined
}

// What the regular expression would say badly; `isTokenClaims` has the same bounds.
function isWithinBounds({ iat, nbf, exp, invitation }: TokenClaims): boolean {
  const { clientCode, appCode, invitee } = invitation
  return (
    areTimes(iat, nbf, exp) &&
    clientCode.length <= 50 &&
    appCode.length <= 50 &&
    isSealed(invitee.fullName) &&
    isSealed(invitee.companyEmail) &&
    isSealed(invitee.privateEmail)
  )
}

function isSealed(field: string | undefined): boolean {
  if (field === undefined) return true
  const bytes = lengthOfSpelled(field)
  return bytes !== undefined && bytes >= sealedBytes[0] && bytes <= sealedBytes[1]
}

// Written out, because spreading what may be absent takes longer than all the rest.
function inviteeOf(
  fullName: string | undefined,
  companyEmail: string | undefined,
  privateEmail: string | undefined,
): SealedInvitee {
  const invitee: { -readonly [Field in keyof SealedInvitee]: SealedInvitee[Field] } = {}
  if (fullName !== undefined) invitee.fullName = fullName
  if (companyEmail !== undefined) invitee.companyEmail = companyEmail
  if (privateEmail !== undefined) invitee.privateEmail = privateEmail
  return invitee
}
