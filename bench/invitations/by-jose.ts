import {
  CompactEncrypt,
  type CryptoKey,
  compactDecrypt,
  createLocalJWKSet,
  importJWK,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import type { TokenAuthority } from '../../src/invitations/token/authority.ts'
import { inviteeFields } from '../../src/invitations/token/claims.ts'
import { expandKey, extractKey } from '../../src/keys/hkdf.ts'
import type { SigningKey } from '../../src/keys/signing-key.ts'
import { invitee, type Material } from './material.ts'

/** The same work by jose: each field a compact JWE (dir, A256GCM) under the same derived key, signed and verified by it. */
export type JoseWorker = Readonly<{
  mint(material: Material): Promise<string>
  verify(token: string): Promise<Readonly<Record<string, unknown>>>
  open(token: string, material: Material): Promise<void>
}>

/** A worker with the keys of this authority, imported once. */
export async function joseWorker({ issuer, audience, signingKey }: TokenAuthority): Promise<JoseWorker> {
  const { alg, kid } = signingKey
  const signs = (await importJWK(signingKey.signingKey.export({ format: 'jwk' }), alg)) as
    | CryptoKey
    | Uint8Array
  const findKey = findKeyBy(signingKey, signs)
  const expected = {
    issuer,
    audience,
    algorithms: [alg],
    typ: 'JWT',
    requiredClaims: ['sub', 'iat', 'exp', 'jti'],
  }
  const verify = async (token: string) => (await jwtVerify(token, findKey, expected)).payload
  return {
    verify,
    mint: async ({ claims, keys }) => {
      const sealed = await seal(keys)
      const payload = { ...claims, invitation: { ...claims.invitation, invitee: sealed } }
      return new SignJWT({ iss: issuer, aud: audience, ...payload })
        .setProtectedHeader({ alg, typ: 'JWT', kid })
        .sign(signs)
    },
    open: async (token, { keys }) => {
      const { invitation } = (await verify(token)) as { invitation?: { invitee: Record<string, string> } }
      const fieldKeys = deriveKeys(keys)
      for (const [index, field] of inviteeFields.entries()) {
        await compactDecrypt(invitation?.invitee[field] ?? '', fieldKeys[index] as Buffer)
      }
    },
  }
}

/** The key by the kid in the header, as ours is found, too; a JWK set of jose takes no secrets. */
function findKeyBy({ publicJwk, kid }: SigningKey, secret: CryptoKey | Uint8Array): JWTVerifyGetKey {
  if (publicJwk !== null) return createLocalJWKSet({ keys: [{ ...publicJwk }] })
  const secrets = new Map([[kid, secret]])
  return (header) => {
    const key = secrets.get(header.kid ?? '')
    if (key === undefined) throw new Error('No such key')
    return key
  }
}

async function seal(keys: Material['keys']): Promise<Record<string, string>> {
  const fieldKeys = deriveKeys(keys)
  const sealed: Record<string, string> = {}
  for (const [index, field] of inviteeFields.entries()) {
    sealed[field] = await new CompactEncrypt(new TextEncoder().encode(invitee[field]))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(fieldKeys[index] as Buffer)
  }
  return sealed
}

function deriveKeys({ clientKey, salt, invitationId }: Material['keys']): Buffer[] {
  const extracted = extractKey(clientKey.key, salt)
  return inviteeFields.map((field) =>
    expandKey(extracted, Buffer.from(`flows-db/v1|${clientKey.clientId}|${invitationId}|${field}`)),
  )
}
