import { createDecipheriv, createSecretKey, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openInvitee, type SealingKeys, sealInvitee } from '../../src/invitations/invitee-cipher.ts'

const clientId = randomUUID()
const rawKey = randomBytes(32)
const keys: SealingKeys = {
  clientKey: { clientId, epoch: 1, key: createSecretKey(rawKey) },
  salt: randomBytes(16),
  invitationId: randomUUID(),
}
const invitee = {
  fullName: 'Ada Lovelace',
  companyEmail: 'ada@acme.example',
  privateEmail: 'ada@home.example',
}
const cannotOpen = expect.objectContaining({
  code: 'INVITATION_NOT_VALID',
  message: 'The name and addresses in this token cannot be opened',
})

test('what was sealed opens again, field by field, in any script; what was not given is absent', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(
      fc.record({ fullName: text, companyEmail: text, privateEmail: text }, { requiredKeys: [] }),
      (given) => {
        const sealed = sealInvitee(given, keys)
        expect(Object.keys(sealed).toSorted()).toEqual(Object.keys(given).toSorted())
        expect(openInvitee(sealed, keys)).toEqual(given)
      },
    ),
    { numRuns: 200 },
  )
})

test('the format is iv, ciphertext and tag under HKDF-SHA256, as another implementation would read it', () => {
  const bytes = Buffer.from(sealInvitee(invitee, keys).fullName ?? '', 'base64url')
  const info = `flows-db/v1|${clientId}|${keys.invitationId}|fullName`
  const key = Buffer.from(hkdfSync('sha256', rawKey, keys.salt, info, 32))
  const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
  opening.setAAD(Buffer.from(info)).setAuthTag(bytes.subarray(-16))
  expect(Buffer.concat([opening.update(bytes.subarray(12, -16)), opening.final()]).toString()).toBe(
    'Ada Lovelace',
  )
})

test('sealing the same invitee twice gives nothing in common', () => {
  expect(sealInvitee(invitee, keys).fullName?.slice(0, 16)).not.toBe(
    sealInvitee(invitee, keys).fullName?.slice(0, 16),
  )
})

test('a field moved to another field, invitation, client, epoch key or salt does not open', () => {
  const { fullName = '' } = sealInvitee(invitee, keys)
  expect(() => openInvitee({ companyEmail: fullName }, keys)).toThrow(cannotOpen)
  expect(() => openInvitee({ fullName }, { ...keys, invitationId: randomUUID() })).toThrow(cannotOpen)
  expect(() =>
    openInvitee({ fullName }, { ...keys, clientKey: { ...keys.clientKey, clientId: randomUUID() } }),
  ).toThrow(cannotOpen)
  expect(() =>
    openInvitee(
      { fullName },
      { ...keys, clientKey: { ...keys.clientKey, key: createSecretKey(randomBytes(32)) } },
    ),
  ).toThrow(cannotOpen)
  expect(() => openInvitee({ fullName }, { ...keys, salt: randomBytes(16) })).toThrow(cannotOpen)
})

test('a shortened tag does not open, where Node alone would take 4 bytes', () => {
  const sealed = sealInvitee(invitee, keys).fullName ?? ''
  const bytes = Buffer.from(sealed, 'base64url')
  for (const length of [4, 8, 12, 15]) {
    const shortened = bytes.subarray(0, bytes.length - 16 + length).toString('base64url')
    expect(() => openInvitee({ fullName: shortened }, keys)).toThrow(cannotOpen)
  }
})

test('a changed bit anywhere, or another spelling of the bytes, does not open', () => {
  const { fullName = '' } = sealInvitee(invitee, keys)
  const bytes = Buffer.from(fullName, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
    expect(() => openInvitee({ fullName: changed.toString('base64url') }, keys)).toThrow(cannotOpen)
  }
  expect(() => openInvitee({ fullName: `${fullName}=` }, keys)).toThrow(cannotOpen)
  expect(() => openInvitee({ fullName: '' }, keys)).toThrow(cannotOpen)
})
