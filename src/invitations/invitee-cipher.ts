import { FlowsError } from '../base/errors.ts'
import { ivBytes, openBytes, sealBytes, tagBytes } from '../keys/aes-gcm.ts'
import type { ClientKey } from '../keys/client-key.ts'
import { expandKey, extractKey } from '../keys/hkdf.ts'
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

/**
 * Encrypts an invitee field by field as base64url(iv (12) | ciphertext | tag (16)), AES-256-GCM, each under a key of its
 * own: HKDF-SHA256(client key, salt, info), info being version, client, invitation and field. Info is bound as
 * additional data too.
 */
export function sealInvitee(invitee: Invitee, keys: SealingKeys): SealedInvitee {
  const extracted = extractKey(keys.clientKey.key, keys.salt)
  return eachField(invitee, (text, field) => {
    const info = fieldInfo(keys, field)
    return sealBytes(text, expandKey(extracted, info), info).toString('base64url')
  })
}

/** Decrypts what `sealInvitee` made under the same keys; throws INVITATION_NOT_VALID for anything else. */
export function openInvitee(sealed: SealedInvitee, keys: SealingKeys): Invitee {
  const extracted = extractKey(keys.clientKey.key, keys.salt)
  return eachField(sealed, (text, field) => {
    const bytes = decodeWithBuffer(text)
    if (bytes === undefined || bytes.length <= ivBytes + tagBytes) throw cannotOpen()
    const info = fieldInfo(keys, field)
    try {
      return openBytes(bytes, expandKey(extracted, info), info).toString()
    } catch (cause) {
      throw cannotOpen(cause)
    }
  })
}

function eachField(
  fields: Readonly<Partial<Record<InviteeField, string>>>,
  convert: (text: string, field: InviteeField) => string,
): Partial<Record<InviteeField, string>> {
  const converted: Partial<Record<InviteeField, string>> = {}
  for (const field of inviteeFields) {
    const text = fields[field]
    if (text !== undefined) converted[field] = convert(text, field)
  }
  return converted
}

// Unambiguous, since neither a uuid nor the name of a field has a bar in it.
function fieldInfo({ clientKey, invitationId }: SealingKeys, field: InviteeField): Buffer {
  return Buffer.from(`flows-db/v1|${clientKey.clientId}|${invitationId}|${field}`)
}

function cannotOpen(cause?: unknown): FlowsError {
  return new FlowsError('INVITATION_NOT_VALID', 'The name and addresses in this token cannot be opened', {
    hint: 'They were sealed for another invitation, client or field, or under keys that are gone.',
    cause,
  })
}
