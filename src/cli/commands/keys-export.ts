import { tokenAuthority } from '../../invitations/token/authority.ts'
import { exportKeys } from '../../keys/export-keys.ts'
import { command } from '../command.ts'

/** Prints the public keys as a JWK set. */
export const keysExport = command({
  name: 'keys:export',
  about: 'Print the public signing keys as a JWK set, for whoever verifies invitations',
  details:
    'Revoked keys are left out. HS256 has no public key: whoever is to verify without the secret needs JWT_KEY_FILE.',
  flags: {},
  examples: ['keys:export', 'keys:export --json'],
  run: async (session) => {
    const configured = tokenAuthority(session.settings).keys.values()
    const jwks = await exportKeys(await session.database(), configured)
    if (jwks.keys.length === 0)
      session.warn('There is no public key: tokens are signed with HS256 and JWT_SECRET')
    return jwks
  },
  say: (jwks) => JSON.stringify(jwks, null, 2),
})
