import { parseCanonicalJson } from '../../base/json-text.ts'
import { type Restrictions, restrictionFault } from '../restrictions.ts'
import { isPermissions } from './claims.ts'
import { isClosedObject } from './closed-object.ts'

/** What an invitation grants and what it demands. */
export type Terms = Readonly<{ permissions: readonly string[]; restrictions: Restrictions }>

const most = 256
const known = new Map<string, Terms>()

/**
 * The terms that a text of ASCII spells, `"permissions":[...],"restrictions":{...}`, in canonical JSON and without any
 * fault; undefined for anything else. Invitations of one application mostly have the same, and nothing of a person is
 * in them: so the last few hundred are remembered by their text, with what was found out about them.
 */
export function knownTerms(text: string): Terms | undefined {
  const found = known.get(text)
  if (found !== undefined) return found
  const bytes = Buffer.from(`{${text}}`)
  const terms = parseCanonicalJson(bytes)
  if (
    !isClosedObject(terms, ['permissions', 'restrictions']) ||
    !isPermissions(terms.permissions) ||
    typeof terms.restrictions !== 'object' ||
    restrictionFault(terms.restrictions as object) !== undefined
  ) {
    return undefined
  }
  if (known.size >= most) known.clear()
  const kept = freeze(terms) as unknown as Terms
  // A copy of the text: a part of a string keeps the whole of it, with the invitee's ciphertexts, from being freed.
  known.set(bytes.toString('latin1', 1, bytes.length - 1), kept)
  return kept
}

function freeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freeze(part)
  return Object.freeze(value)
}
