import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { tokenAuthority } from '../../src/invitations/token/authority.ts'
import type { TokenClaims } from '../../src/invitations/token/claims.ts'

/** The secret that the tests sign with, and what it makes. */
export const jwtSecret = randomBytes(32).toString('base64')
export const authority = tokenAuthority({
  jwtSecret,
  jwtIssuer: 'api.thepia.com',
  jwtAudience: 'flows.thepia.net',
})
export const masterKey = randomBytes(32)
export const keys = { authority, masterKey }

/** The present in whole seconds, as tokens count. */
export function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}

/** Claims that are good in every respect, but for what is put in their place. */
export function goodClaims(more: Record<string, unknown> = {}): TokenClaims {
  return {
    iss: 'api.thepia.com',
    aud: 'flows.thepia.net',
    sub: randomUUID(),
    iat: seconds(),
    exp: seconds() + 3_600,
    jti: randomBytes(16).toString('base64url'),
    invitation: {
      clientCode: 'acme',
      appCode: 'offboarding',
      epoch: 1,
      invitee: { fullName: randomBytes(40).toString('base64url') },
      permissions: ['documents:read'],
      restrictions: {},
    },
    ...more,
  }
}

/** Good claims with something else inside `invitation`. */
export function goodInvitation(more: Record<string, unknown>): TokenClaims {
  const claims = goodClaims()
  return { ...claims, invitation: { ...claims.invitation, ...more } as TokenClaims['invitation'] }
}

/** The header of our own tokens. */
export const goodHeader = { alg: 'HS256', typ: 'JWT', kid: authority.signingKey.kid }

/** A token of any header and payload (an object, or the very bytes), with a MAC that is right for it. */
export function forge(header: object | string, payload: object | string | Buffer, key = jwtSecret): string {
  const signingInput = `${encode(header)}.${encode(payload)}`
  return `${signingInput}.${createHmac('sha256', key).update(signingInput).digest('base64url')}`
}

function encode(part: object | string | Buffer): string {
  const bytes = Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(bytes as Buffer).toString('base64url')
}
