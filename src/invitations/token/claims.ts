import { base64urlLength } from '../../base/base64url.ts'
import type { Restrictions } from '../restrictions.ts'
import { isClosedObject } from './closed-object.ts'

/** What an invitee's fields are called, in the token and wherever they are opened. */
export const inviteeFields = ['fullName', 'companyEmail', 'privateEmail'] as const

/** One of the invitee's fields. */
export type InviteeField = (typeof inviteeFields)[number]

/** The invitee's fields as base64url(iv | ciphertext | tag); a field that was not given is absent. */
export type SealedInvitee = Readonly<Partial<Record<InviteeField, string>>>

/** What a token says; times are seconds since 1970. */
export type TokenClaims = Readonly<{
  iss: string
  aud: string
  /** The invitation's id. */
  sub: string
  iat: number
  /** Not before; left out where the token may be used at once. */
  nbf?: number
  exp: number
  jti: string
  invitation: Readonly<{
    clientCode: string
    appCode: string
    /** Which of the client's keys sealed the invitee. */
    epoch: number
    invitee: SealedInvitee
    permissions: readonly string[]
    restrictions: Restrictions
  }>
}>

/** The longest token that is read at all, in characters. */
export const maxTokenLength = 4_096

/** The fewest and the most bytes of a sealed field: iv, 1 to 1024 bytes of text, tag. */
export const sealedBytes = [12 + 1 + 16, 12 + 1_024 + 16] as const

/** The longest life of a token: 366 days, in seconds. */
export const maxLifetime = 366 * 86_400

const code = /^[a-z0-9]+(-[a-z0-9]+)*$/
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Whether a parsed payload is the claims of an invitation: every name known, none missing, every value of its type and
 * within its bounds. The restrictions are only known to be an object.
 */
export function isTokenClaims(value: unknown): value is TokenClaims {
  return (
    isClosedObject(value, ['iss', 'aud', 'sub', 'iat', 'exp', 'jti', 'invitation'], ['nbf']) &&
    typeof value.iss === 'string' &&
    typeof value.aud === 'string' &&
    typeof value.sub === 'string' &&
    uuid.test(value.sub) &&
    areTimes(value.iat, value.nbf, value.exp) &&
    isBase64url(value.jti, 16, 16) &&
    isInvitation(value.invitation)
  )
}

function isInvitation(value: unknown): boolean {
  return (
    isClosedObject(value, ['clientCode', 'appCode', 'epoch', 'invitee', 'permissions', 'restrictions']) &&
    isCode(value.clientCode) &&
    isCode(value.appCode) &&
    isPositiveInteger(value.epoch) &&
    isClosedObject(value.invitee, [], inviteeFields) &&
    Object.values(value.invitee).every((field) => isBase64url(field, ...sealedBytes)) &&
    isPermissions(value.permissions) &&
    typeof value.restrictions === 'object'
  )
}

/** Whether these are the times of a token: whole seconds, in their order, within the longest life; `nbf` may be left out. */
export function areTimes(iat: unknown, nbf: unknown, exp: unknown): boolean {
  return (
    isSeconds(iat) &&
    isSeconds(exp) &&
    exp > iat &&
    exp - iat <= maxLifetime &&
    (nbf === undefined || (isSeconds(nbf) && nbf < exp))
  )
}

/** Whether this is a list of permissions: at most 100 printable names, none of them twice. */
export function isPermissions(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= 100 &&
    value.every((permission) => isText(permission, 100)) &&
    new Set(value).size === value.length
  )
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest && !/[\p{C}]/u.test(value)
}

/** Whether this is the code of a client or an application. */
export function isCode(value: unknown): boolean {
  return isText(value, 50) && code.test(value)
}

function isSeconds(value: unknown): value is number {
  return isPositiveInteger(value) && value <= 253_402_300_799
}

function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isBase64url(value: unknown, fewest: number, most: number): boolean {
  const bytes = typeof value === 'string' ? base64urlLength(value) : undefined
  return bytes !== undefined && bytes >= fewest && bytes <= most
}
