import { FlowsError } from '../base/errors.ts'
import type { Database } from '../database/database.ts'
import { isSigningKey } from './read-key-file.ts'
import type { SigningKey, VerifyingKey } from './signing-key.ts'
import {
  endActiveSigningKey,
  insertSigningKey,
  lockSigningKeys,
  selectSigningKeys,
  startSigningKey,
} from './signing-keys.queries.ts'

/**
 * The key among those of the settings that signs: the one that is active on record. Keys that are new are put on record;
 * one of them becomes active if none of the settings' keys is, as after a change of JWT_SECRET. Throws KEY_INACTIVE if
 * all of them were rotated out.
 */
export async function activeSigningKey(
  db: Database,
  configured: Iterable<VerifyingKey>,
): Promise<SigningKey> {
  const own = [...configured].filter(isSigningKey)
  const { active, fresh } = await compare(db, own)
  if (active !== undefined && fresh.length === 0) return active
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const now = await compare(tx, own)
    for (const key of now.fresh) await insertSigningKey(tx, key)
    if (now.active !== undefined) return now.active
    const next = now.fresh[0] ?? now.waiting[0]
    if (next === undefined) throw inactive()
    await endActiveSigningKey(tx, 'retiring')
    await startSigningKey(tx, next.kid)
    return next
  })
}

async function compare(db: Database, own: readonly SigningKey[]) {
  const states = new Map((await selectSigningKeys(db)).map(({ kid, state }) => [kid, state]))
  return {
    active: own.find(({ kid }) => states.get(kid) === 'active'),
    waiting: own.filter(({ kid }) => states.get(kid) === 'pre-active'),
    fresh: own.filter(({ kid }) => !states.has(kid)),
  }
}

function inactive(): FlowsError {
  return new FlowsError('KEY_INACTIVE', 'Every signing key of the settings was rotated out', {
    hint: 'Set JWT_KEY_FILE or JWT_SECRET to the active key (keys:list), or switch with: keys:rotate --signing --to <kid>',
  })
}
