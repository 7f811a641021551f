import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { unwrapKey, wrapKey } from '../../src/keys/wrap-key.ts'

const masterKey = randomBytes(32)
const name = { clientId: randomUUID(), epoch: 1 }
const key = randomBytes(32)
const unwrapFailed = expect.objectContaining({
  code: 'KEY_UNWRAP_FAILED',
  message: 'FLOWS_MASTER_KEY is not the one that wrapped the keys of this database',
})

test('a wrapped key unwraps under the same master, client and epoch', () => {
  const wrapped = wrapKey(key, name, masterKey)
  expect(wrapped).toHaveLength(60)
  expect(wrapped.includes(key)).toBe(false)
  expect(unwrapKey(wrapped, name, masterKey).export()).toEqual(key)
})

test('the same key wrapped twice looks different', () => {
  expect(wrapKey(key, name, masterKey)).not.toEqual(wrapKey(key, name, masterKey))
})

test('under another master key it does not unwrap', () => {
  expect(() => unwrapKey(wrapKey(key, name, masterKey), name, randomBytes(32))).toThrow(unwrapFailed)
})

test('moved to another client or epoch it does not unwrap', () => {
  const wrapped = wrapKey(key, name, masterKey)
  expect(() => unwrapKey(wrapped, { ...name, epoch: 2 }, masterKey)).toThrow(unwrapFailed)
  expect(() => unwrapKey(wrapped, { ...name, clientId: randomUUID() }, masterKey)).toThrow(unwrapFailed)
})

test('changed in one bit, or shortened, it does not unwrap', () => {
  const wrapped = wrapKey(key, name, masterKey)
  for (let index = 0; index < wrapped.length; index += 1) {
    const changed = Buffer.from(wrapped)
    changed.writeUInt8(changed.readUInt8(index) ^ 0x80, index)
    expect(() => unwrapKey(changed, name, masterKey)).toThrow(unwrapFailed)
  }
  for (const length of [0, 12, 28, 44, 48, 59]) {
    expect(() => unwrapKey(wrapped.subarray(0, length), name, masterKey)).toThrow(unwrapFailed)
  }
})

test.each([0, 16, 31, 33, 64])('a master key of %i bytes wraps and opens nothing', (length) => {
  const weak = expect.objectContaining({ code: 'SECRET_WEAK', message: 'The master key must have 32 bytes' })
  expect(() => wrapKey(key, name, randomBytes(length))).toThrow(weak)
  expect(() => unwrapKey(wrapKey(key, name, masterKey), name, randomBytes(length))).toThrow(weak)
})
