import { compactVerify, importJWK, type JWK } from 'jose'
import { expect, test } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { openBytes } from '../../src/keys/aes-gcm.ts'
import { expandKey, extractKey } from '../../src/keys/hkdf.ts'
import { verifyJws, verifySignature } from '../../src/keys/verify-jws.ts'
import { readVectors } from './vector.ts'

const { jws, signature, gcm, hkdf } = readVectors()
const hex = (text: string) => Buffer.from(text, 'hex')

/** Whether work is done, or refused with one of our own errors; a bug stays an error. */
function accepts(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof FlowsError && ['JWS_NOT_VALID', 'KEY_NOT_FIT'].includes(error.code)) return false
    throw error
  }
}

test('there are vectors of every kind, good and bad', () => {
  for (const vectors of [jws, signature, gcm, hkdf]) {
    expect(new Set(vectors.map(({ result }) => result))).toEqual(new Set(['valid', 'invalid']))
  }
  expect(jws.length).toBeGreaterThan(100)
})

test.each(jws)('JWS, $alg, $comment: $result', ({ alg, jwk, jws: token, result }) => {
  expect(accepts(() => verifyJws(token as string, jwk, alg))).toBe(result === 'valid')
})

test('jose believes every JWS that is good here, and reads the same payload', async () => {
  const good = jws.filter(({ result, jwk }) => result === 'valid' && !('keys' in jwk) && !('d' in jwk))
  expect(good.length).toBeGreaterThan(15)
  for (const { alg, jwk, jws: token } of good) {
    const { payload } = await compactVerify(String(token), await importJWK({ ...jwk } as JWK, alg))
    expect(Buffer.from(payload)).toEqual(verifyJws(String(token), jwk, alg))
  }
})

test('an algorithm that is not ours is not expected of us', () => {
  expect(accepts(() => verifyJws('a.b.c', { kty: 'oct' }, 'HS384' as 'HS256'))).toBe(false)
  expect(accepts(() => verifyJws('a.b.c', { kty: 'oct' }, 'toString' as 'HS256'))).toBe(false)
})

test('a JWS beyond 250,000 characters is refused before anything is read', () => {
  const [good] = jws.filter(({ result }) => result === 'valid')
  const token = `${String(good?.jws)}${'A'.repeat(8_000_000)}`
  expect(accepts(() => verifyJws(token, good?.jwk ?? {}, good?.alg ?? 'HS256'))).toBe(false)
})

test('every signature is judged rightly, by its bytes alone', () => {
  for (const { comment, alg, jwk, msg, sig, result } of signature) {
    const valid = verifySignature(hex(sig), hex(msg), { jwk, alg })
    expect({ alg, comment, valid }).toEqual({ alg, comment, valid: result === 'valid' })
  }
})

test('every ciphertext opens, or not', () => {
  for (const { comment, key, iv, aad, msg, ct, tag, result } of gcm) {
    let opened: string | undefined
    try {
      opened = openBytes(hex(iv + ct + tag), hex(key), hex(aad)).toString('hex')
    } catch (error) {
      expect(String(error)).toMatch(/unable to authenticate|Too short/)
    }
    expect({ comment, opened }).toEqual({ comment, opened: result === 'valid' ? msg : undefined })
  }
})

test('HKDF gives the same bytes as that of Node, up to its bound', () => {
  for (const { ikm, salt, info, size, okm, result } of hkdf) {
    const derive = () => expandKey(extractKey(hex(ikm), hex(salt)), hex(info), size).toString('hex')
    if (result === 'valid') expect(derive()).toBe(okm)
    else expect(derive).toThrow(RangeError)
  }
})
