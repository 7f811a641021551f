import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { FlowsError } from '../base/errors.ts'
import type { ClientKey } from '../keys/client-key.ts'
import type { Invitee } from './invitee.ts'
import { decodeWithBuffer } from './token/base64url.ts'
import { type InviteeField, inviteeFields, type SealedInvitee } from './token/claims.ts'

/** What the keys of one invitation are derived from; without any one of the three nothing opens. */
export type SealingKeys = Readonly<{
  clientKey: ClientKey
  /** 16 random bytes that lie in the invitation's row and nowhere else: nulling them erases the person. */
  salt: Buffer
  invitationId: string
}>

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/**
 * Encrypts an invitee field by field as base64url(iv (12) | ciphertext | tag (16)), AES-256-GCM, each under a key of its
 * own: HKDF-SHA256(client key, salt, info), info being version, client, invitation and field. Info is bound as
 * additional data too.
 */
export function sealInvitee(invitee: Invitee, keys: SealingKeys): SealedInvitee {
  return eachField(invitee, (text, field) => {
    const iv = randomBytes(ivBytes)
    const info = fieldInfo(keys, field)
    const sealing = createCipheriv(cipher, fieldKey(keys, info), iv, { authTagLength: tagBytes })
    sealing.setAAD(info)
    const ciphertext = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
    return Buffer.concat([iv, ciphertext, sealing.getAuthTag()]).toString('base64url')
  })
}

/** Decrypts what `sealInvitee` made under the same keys; throws INVITATION_NOT_VALID for anything else. */
export function openInvitee(sealed: SealedInvitee, keys: SealingKeys): Invitee {
  return eachField(sealed, (text, field) => {
    const bytes = decodeWithBuffer(text)
    if (bytes === undefined || bytes.length <= ivBytes + tagBytes) throw cannotOpen()
    const info = fieldInfo(keys, field)
    // The length is fixed here because Node would otherwise be content with a tag of 4 bytes.
    const opening = createDecipheriv(cipher, fieldKey(keys, info), bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    })
    opening.setAAD(info)
    opening.setAuthTag(bytes.subarray(-tagBytes))
    try {
      return Buffer.concat([opening.update(bytes.subarray(ivBytes, -tagBytes)), opening.final()]).toString()
    } catch (cause) {
      throw cannotOpen(cause)
    }
  })
}

function eachField(
  fields: Readonly<Partial<Record<InviteeField, string>>>,
  convert: (text: string, field: InviteeField) => string,
): Partial<Record<InviteeField, string>> {
  return Object.fromEntries(
    inviteeFields.flatMap((field) => {
      const text = fields[field]
      return text === undefined ? [] : [[field, convert(text, field)]]
    }),
  )
}

// Unambiguous, since neither a uuid nor the name of a field has a bar in it.
function fieldInfo({ clientKey, invitationId }: SealingKeys, field: InviteeField): Buffer {
  return Buffer.from(`flows-db/v1|${clientKey.clientId}|${invitationId}|${field}`)
}

function fieldKey({ clientKey, salt }: SealingKeys, info: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', clientKey.key, salt, info, 32))
}

function cannotOpen(cause?: unknown): FlowsError {
  return new FlowsError('INVITATION_NOT_VALID', 'The name and addresses in this token cannot be opened', {
    hint: 'They were sealed for another invitation, client or field, or under keys that are gone.',
    cause,
  })
}
