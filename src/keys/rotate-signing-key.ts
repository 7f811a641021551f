import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { isSigningKey } from './read-key-file.ts'
import type { SigningKeyState, VerifyingKey } from './signing-key.ts'
import {
  endActiveSigningKey,
  insertSigningKey,
  lockSigningKeys,
  selectSigningKeys,
  startSigningKey,
} from './signing-keys.queries.ts'

/** Which key signs from now on, and what became of the one that did before. */
export type SigningRotation = Readonly<{
  kid: string
  alg: string
  previous: Readonly<{ kid: string; state: 'retiring' | 'revoked' }> | null
}>

/** To which key, and whether the old one is believed any longer. */
export type SigningRotationOptions = Readonly<{
  /** The first of the settings that is not active, if left out. */
  to?: string | undefined
  /** The old key got into wrong hands: all its tokens are refused from now on. */
  revoke?: boolean
}>

/**
 * Lets another key of the settings sign. Throws KEY_UNKNOWN if there is none (of this kid), KEY_UNCHANGED if it is the
 * active one, KEY_INACTIVE if it was revoked.
 */
export async function rotateSigningKey(
  db: Database,
  configured: Iterable<VerifyingKey>,
  { to, revoke = false }: SigningRotationOptions = {},
): Promise<SigningRotation> {
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const known = await selectSigningKeys(tx)
    const states = new Map(known.map(({ kid, state }) => [kid, state]))
    const own = [...configured].filter(isSigningKey)
    const next = own.find(({ kid }) => (to === undefined ? mayStart(states.get(kid)) : kid === to))
    if (next === undefined) throw unknown(to)
    checkState(states.get(next.kid))
    const active = known.find(({ state }) => state === 'active')
    const state = revoke ? 'revoked' : 'retiring'
    await insertSigningKey(tx, next)
    await endActiveSigningKey(tx, state)
    await startSigningKey(tx, next.kid)
    return {
      kid: next.kid,
      alg: next.alg,
      previous: active === undefined ? null : { kid: active.kid, state },
    }
  })
}

function mayStart(state: SigningKeyState | undefined): boolean {
  return state === undefined || state === 'pre-active'
}

function checkState(state: SigningKeyState | undefined): void {
  if (state === 'active') {
    throw new FlowsError('KEY_UNCHANGED', 'This key is the one that signs already', {
      hint: 'See all of them with: keys:list',
    })
  }
  if (state === 'revoked' || state === 'shredded') {
    throw new FlowsError('KEY_INACTIVE', 'This key was revoked and signs never again', {
      hint: 'Make a new one with: openssl genpkey -algorithm ed25519 -out signing-key.pem',
    })
  }
}

function unknown(kid: string | undefined): FlowsError {
  return kid === undefined
    ? new FlowsError('KEY_UNKNOWN', 'The settings have no other signing key than those in use', {
        hint: 'Put a new one first into the file of JWT_KEY_FILE and keep the old one in it; see: keys:list',
      })
    : new FlowsError('KEY_UNKNOWN', 'The settings have no signing key of this kid', {
        hint: 'The keys of the settings are marked in: keys:list',
      })
}
