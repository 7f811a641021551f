import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportPKCS8, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { isSigningKey, readKeyFile } from '../../src/keys/read-key-file.ts'
import { failureOf } from '../support/failure-of.ts'

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed25519 = generateKeyPairSync('ed25519')
const pem = (key: KeyObject) =>
  key.export({ format: 'pem', type: key.type === 'private' ? 'pkcs8' : 'spki' }).toString()
const jwk = (key: KeyObject) => key.export({ format: 'jwk' })

test('the keys of PEM blocks are read in order, named by their thumbprints', async () => {
  const keys = readKeyFile(`${pem(p256.privateKey)}# the old one\n${pem(ed25519.publicKey)}`)
  expect(keys.map((key) => [key.alg, isSigningKey(key)])).toEqual([
    ['ES256', true],
    ['EdDSA', false],
  ])
  expect(keys.map(({ kid }) => kid)).toEqual([
    await calculateJwkThumbprint(jwk(p256.publicKey)),
    await calculateJwkThumbprint(jwk(ed25519.publicKey)),
  ])
})

test('a PKCS#8 key that jose wrote is read', async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  expect(readKeyFile(await exportPKCS8(privateKey))).toMatchObject([{ alg: 'ES256' }])
})

test('a JWK and a JWK set are read, each key under its own kid', () => {
  expect(readKeyFile(JSON.stringify({ ...jwk(ed25519.privateKey), kid: '2025-01' }))).toMatchObject([
    { kid: '2025-01', alg: 'EdDSA' },
  ])
  const k = randomBytes(32).toString('base64url')
  const keys = [
    { ...jwk(p256.privateKey), use: 'sig', alg: 'ES256' },
    { kty: 'oct', k },
    jwk(ed25519.publicKey),
  ]
  expect(readKeyFile(JSON.stringify({ keys })).map(({ alg }) => alg)).toEqual(['ES256', 'HS256', 'EdDSA'])
})

test('what is public of a key has nothing private in it, and nothing of it is public for HS256', () => {
  const keys = [
    jwk(p256.privateKey),
    jwk(ed25519.privateKey),
    { kty: 'oct', k: randomBytes(40).toString('base64url') },
  ]
  const read = readKeyFile(JSON.stringify({ keys }))
  expect(read.map(({ publicJwk }) => Object.keys(publicJwk ?? {}).toSorted())).toEqual([
    ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
    ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    [],
  ])
  for (const key of keys)
    expect(JSON.stringify(read)).not.toContain('d' in key ? key.d : 'k' in key ? key.k : '-')
})

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const other = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)

test.each<[string, string, RegExp]>([
  ['nothing', '', /holds neither PEM nor JSON$/],
  ['a certificate request', 'hello', /holds neither PEM nor JSON$/],
  ['an RSA key', pem(rsa.privateKey), /^A signing key must be of P-256 or Ed25519$/],
  ['a key on P-384', pem(p384.privateKey), /^A signing key must be of P-256 or Ed25519$/],
  ['a broken PEM', pem(p256.privateKey).replace(/\n.{8}/, '\nAAAAAAAA'), /has a key that cannot be read$/],
  ['broken JSON', '{"kty":"oct","k":"tr0ub4dor', /is not JSON$/],
  ['an empty set', '{"keys":[]}', /has no keys in its set$/],
  ['a set of numbers', '{"keys":[1]}', /has a key that is none$/],
  ['a short secret', `{"kty":"oct","k":"${randomBytes(31).toString('base64url')}"}`, /less than 32 bytes$/],
  ['a key for encryption', JSON.stringify({ ...jwk(p256.privateKey), use: 'enc' }), /not for signatures$/],
  [
    'another algorithm',
    JSON.stringify({ ...jwk(p256.privateKey), alg: 'ES384' }),
    /another algorithm than it says$/,
  ],
  ['a kid with blanks', JSON.stringify({ ...jwk(p256.privateKey), kid: 'a b' }), /must not have$/],
  ['a key twice', pem(p256.privateKey).repeat(2), /two keys of the same kid$/],
  [
    'a private part of another public one',
    JSON.stringify({ ...jwk(p256.privateKey), x: other.x, y: other.y }),
    /(private key of another public key|cannot be read)$/,
  ],
])('%s is refused', async (_, text, message) => {
  expect(await failureOf(() => readKeyFile(text))).toMatchObject({
    code: 'KEY_FILE_INVALID',
    message: expect.stringMatching(message),
    hint: expect.any(String),
  })
})

test('an error about a key file carries no piece of the secret in it, not even as its cause', () => {
  const secret = randomBytes(32).toString('base64url')
  for (const text of [`{"kty":"oct","k":"${secret}"`, pem(p256.privateKey).replace('-----END', secret)]) {
    try {
      readKeyFile(text)
      throw new Error('It was read')
    } catch (error) {
      const shown = JSON.stringify([String(error), String((error as Error).cause)])
      expect(shown).toMatch(/JWT_KEY_FILE/)
      expect(shown).not.toContain(secret.slice(0, 8))
    }
  }
})

test('the key that was read is the one that was written', () => {
  const [key] = readKeyFile(pem(ed25519.privateKey)).filter(isSigningKey)
  expect(key?.signingKey.equals(createPrivateKey(pem(ed25519.privateKey)))).toBe(true)
})
