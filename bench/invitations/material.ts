import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { now } from '../../src/base/clock.ts'
import type { Invitee } from '../../src/invitations/invitee.ts'
import { type SealingKeys, sealInvitee } from '../../src/invitations/invitee-cipher.ts'
import { type TokenAuthority, tokenAuthority } from '../../src/invitations/token/authority.ts'
import type { UnsignedClaims } from '../../src/invitations/token/mint-token.ts'
import type { SigningAlgorithm } from '../../src/keys/signature-form.ts'
import { secretKey } from '../../src/keys/signing-key.ts'

/** The algorithms that are measured. */
export const algorithms: readonly SigningAlgorithm[] = ['HS256', 'ES256', 'EdDSA']

/** A typical invitee: 17, 35 and 29 bytes. */
export const invitee: Required<Invitee> = {
  fullName: 'Margaret Hamilton',
  companyEmail: 'margaret.hamilton@acme-corp.example',
  privateEmail: 'margaret.hamilton@example.net',
}

/** One invitation's claims and what opens them. */
export type Material = Readonly<{ claims: UnsignedClaims; keys: SealingKeys }>

/** An authority that signs with a new key of this algorithm. */
export function authorityOf(alg: SigningAlgorithm): TokenAuthority {
  const names = { jwtIssuer: 'api.thepia.com', jwtAudience: 'flows.thepia.net' }
  const jwtSecret = randomBytes(32).toString('base64')
  if (alg === 'HS256') return tokenAuthority({ ...names, jwtSecret })
  const pair =
    alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519')
  const jwtKeys = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return tokenAuthority({ ...names, jwtSecret, hasJwtSecret: false, jwtKeys })
}

/** Typical invitations, each with a salt of its own: 3 permissions, 4 restricted values. */
export function invitations(count: number): Material[] {
  const clientKey = { clientId: randomUUID(), epoch: 1, key: secretKey(randomBytes(32)).key }
  return Array.from({ length: count }, () => {
    const keys = { clientKey, salt: randomBytes(16), invitationId: randomUUID() }
    return { claims: claimsOf(keys.invitationId, sealInvitee(invitee, keys)), keys }
  })
}

function claimsOf(sub: string, sealed: Readonly<Record<string, string>>): UnsignedClaims {
  const iat = Math.floor(now().getTime() / 1_000)
  return {
    sub,
    iat,
    exp: iat + 7 * 86_400,
    jti: randomBytes(16).toString('base64url'),
    invitation: {
      clientCode: 'acme',
      appCode: 'offboarding',
      epoch: 1,
      invitee: sealed,
      permissions: ['documents:read', 'documents:write', 'tasks:read'],
      restrictions: { domain: ['acme-corp.example'], ip: ['192.0.2.0/24', '2001:db8::/32'], mfa: true },
    },
  }
}
