import type { Database } from '../database/database.ts'
import type { ClientKeyState } from './client-key.ts'
import { selectClientKeys } from './client-keys.queries.ts'
import { isSigningKey } from './read-key-file.ts'
import type { SigningAlgorithm } from './signature-form.ts'
import type { SigningKeyState, VerifyingKey } from './signing-key.ts'
import { selectSigningKeys, selectSigningKeyUses } from './signing-keys.queries.ts'

/** A key with what may be known about it; `usedUntil` is when its last pending invitation ends, null if there is none. */
export type ListedKey =
  | Readonly<{
      kind: 'client'
      clientCode: string
      epoch: number
      alg: 'A256GCM'
      state: ClientKeyState
      createdAt: Date
      usedUntil: Date | null
    }>
  | Readonly<{
      kind: 'signing'
      kid: string
      alg: SigningAlgorithm
      state: SigningKeyState
      /** What the settings have of it: the key, only its public part, or nothing. */
      held: 'private' | 'public' | 'none'
      /** Null as long as the key is in the settings and not yet on record. */
      createdAt: Date | null
      usedUntil: Date | null
    }>

/** The signing keys and the keys of one client, or of all. */
export async function listKeys(
  db: Database,
  { configured, clientId }: { configured: ReadonlyMap<string, VerifyingKey>; clientId?: string | undefined },
): Promise<ListedKey[]> {
  const clientKeys = (await selectClientKeys(db, clientId)).map(
    ({ clientCode, epoch, state, createdAt, usedUntil }) =>
      ({ kind: 'client', clientCode, epoch, alg: 'A256GCM', state, createdAt, usedUntil }) as const,
  )
  return [...(await listSigningKeys(db, configured)), ...clientKeys]
}

async function listSigningKeys(
  db: Database,
  configured: ReadonlyMap<string, VerifyingKey>,
): Promise<ListedKey[]> {
  const known = await selectSigningKeys(db)
  const uses = new Map((await selectSigningKeyUses(db)).map(({ kid, usedUntil }) => [kid, usedUntil]))
  const kids = new Set(known.map(({ kid }) => kid))
  const fresh = [...configured.values()].filter(({ kid }) => !kids.has(kid))
  return [
    ...fresh.map(({ kid, alg }) => ({ kid, alg, state: 'pre-active' as const, createdAt: null })),
    ...known,
  ].map(({ kid, alg, state, createdAt }) => {
    const key = configured.get(kid)
    const held = key === undefined ? 'none' : isSigningKey(key) ? 'private' : 'public'
    return { kind: 'signing', kid, alg, state, held, createdAt, usedUntil: uses.get(kid) ?? null }
  })
}
