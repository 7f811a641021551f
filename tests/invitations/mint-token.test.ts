import fc from 'fast-check'
import { decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { mintToken } from '../../src/invitations/token/mint-token.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { authority, forge, goodClaims, goodHeader, goodInvitation, jwtSecret } from './forge.ts'

const secret = new TextEncoder().encode(jwtSecret)
const expected = {
  issuer: 'api.thepia.com',
  audience: 'flows.thepia.net',
  algorithms: ['HS256'],
  typ: 'JWT',
  requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
}

test('jose verifies a minted token with JWT_SECRET alone and reads the same claims', async () => {
  const claims = goodClaims()
  const token = mintToken(authority, claims)
  expect((await jwtVerify(token, secret, expected)).payload).toEqual(claims)
  expect(decodeProtectedHeader(token)).toEqual(goodHeader)
})

test('whatever is minted within the bounds is verified by jose and by us', async () => {
  const code = fc.stringMatching(/^[a-z0-9]{1,10}(-[a-z0-9]{1,10}){0,3}$/)
  const sealed = fc
    .uint8Array({ minLength: 29, maxLength: 300 })
    .map((bytes) => Buffer.from(bytes).toString('base64url'))
  const invitation = fc.record({
    clientCode: code,
    appCode: code,
    epoch: fc.integer({ min: 1, max: 1_000_000 }),
    invitee: fc.record(
      { fullName: sealed, companyEmail: sealed, privateEmail: sealed },
      { requiredKeys: [] },
    ),
    permissions: fc.uniqueArray(fc.stringMatching(/^[\p{L}:._-]{1,30}$/u), { maxLength: 8 }),
    restrictions: fc.constantFrom(
      {},
      { mfa: true },
      { domain: ['acme.com'], ip: ['10.0.0.0/8', '2001:db8::/32'] },
    ),
  })
  await fc.assert(
    fc.asyncProperty(invitation, async (given) => {
      const token = mintToken(authority, goodInvitation(given))
      await jwtVerify(token, secret, expected)
      expect(verifyToken(token, authority)).toMatchObject({ valid: true, claims: { invitation: given } })
    }),
    { numRuns: 300 },
  )
})

test('a token longer than 4096 characters is not minted', () => {
  const permissions = Array.from({ length: 90 }, (_, index) => `documents:${String(index).padStart(40, '0')}`)
  expect(() => mintToken(authority, goodInvitation({ permissions }))).toThrow(
    expect.objectContaining({
      code: 'INVITATION_TOO_LARGE',
      message: 'The token would be longer than 4096 characters',
    }),
  )
})

test('the name of the key follows from the secret and does not give it away', () => {
  expect(authority.signingKey.kid).toMatch(/^[A-Za-z0-9_-]{16}$/)
  expect(authority.keys.size).toBe(1)
  expect(forge(goodHeader, goodClaims())).not.toContain(Buffer.from(jwtSecret).toString('base64url'))
})

test('the signing key is an object that shows nothing when it is printed', () => {
  expect(JSON.stringify(authority)).not.toContain(jwtSecret)
  expect(authority.signingKey.key.type).toBe('secret')
})
