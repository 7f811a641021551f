import { now } from '../../base/clock.ts'
import { sayCount } from '../../base/say-count.ts'
import { byAdvice, byCommand, type Check, type Fault } from './check.ts'
import { selectIdleKeys, selectKeylessClients, selectSigningKeysInUse } from './keys.queries.ts'

const clientKeys: Check = {
  id: 'client-keys',
  group: 'keys',
  levels: ['error'],
  means: 'An active client has no active key',
  why: 'No invitation can be made for it: there is nothing to seal names and addresses with.',
  mends: 'give it a key',
  needs: 'schema',
  look: async ({ db }) => {
    const faults = (await selectKeylessClients(db)).map(({ clientCode }) => ({
      what: `Client ${clientCode} has no active key`,
      remedy: byCommand(`keys:rotate --client ${clientCode}`),
    }))
    return { well: 'every active client has one', faults }
  },
}

const retiredKeys: Check = {
  id: 'retired-keys',
  group: 'keys',
  levels: ['warning'],
  means: 'A key was rotated out a week ago, nothing needs it any more, and it is still there',
  why: 'What it sealed could still be opened: personal data lives on longer than it has to.',
  mends: 'invitation:cleanup destroys it; let it run every day',
  needs: 'schema',
  look: async ({ db, limits }) => {
    const faults = (await selectIdleKeys(db, limits.retiredKeySeconds)).map(({ clientCode, epoch }) => ({
      what: `Key ${epoch} of client ${clientCode} is rotated out, and nothing needs it any more`,
      remedy: byCommand('invitation:cleanup'),
    }))
    return { well: 'none is kept without need', faults }
  },
}

const signingKeys: Check = {
  id: 'signing-keys',
  group: 'keys',
  levels: ['warning', 'error'],
  means: 'The key that signs invitations ends within 14 days (an error: it is over)',
  why: 'From then on no invitation can be signed.',
  mends: 'change to another key of JWT_KEY_FILE',
  needs: 'schema',
  look: async ({ db, limits }) => {
    const active = (await selectSigningKeysInUse(db)).filter(({ state }) => state === 'active')
    const faults = active.flatMap(({ kid, notAfter }): Fault[] => {
      if (notAfter === null) return []
      const seconds = (notAfter.getTime() - now().getTime()) / 1_000
      if (seconds > limits.signingKeyExpirySeconds) return []
      const when = seconds <= 0 ? 'is over since' : 'ends on'
      const what = `The key ${kid}, which signs invitations, ${when} ${notAfter.toISOString().slice(0, 10)}`
      const remedy = byCommand('keys:rotate --signing')
      return [{ level: seconds <= 0 ? 'error' : 'warning', what, remedy }]
    })
    const well =
      active.length === 0
        ? 'none is on record before the first invitation'
        : 'the one that signs does not end'
    return { well, faults }
  },
}

const unknownSigningKeys: Check = {
  id: 'signing-keys-held',
  group: 'keys',
  levels: ['error'],
  means: 'Invitations that can still be redeemed were signed by a key that the settings do not have',
  why: 'Whoever holds one of them is refused, though it is good.',
  mends: 'put the key, or its public part, back into JWT_KEY_FILE (JWT_SECRET)',
  needs: 'schema',
  look: async ({ db, surroundings: { signingKids } }) => {
    if (signingKids === undefined) return { skipped: 'the settings have no signing keys to compare with' }
    const faults = (await selectSigningKeysInUse(db))
      .filter(({ kid, pending }) => pending > 0 && !signingKids.includes(kid))
      .map(({ kid, pending }) => ({
        what: `${sayCount(pending, 'pending invitation')} signed by ${kid}, which the settings do not have`,
        remedy: byAdvice(
          `Put the key ${kid} back into JWT_KEY_FILE (or JWT_SECRET), or issue them anew with: invitation:resend <code>`,
        ),
      }))
    return { well: 'the settings have every key that pending invitations were signed by', faults }
  },
}

/** Checks of the keys that seal and sign. */
export const keyChecks: readonly Check[] = [clientKeys, retiredKeys, signingKeys, unknownSigningKeys]
