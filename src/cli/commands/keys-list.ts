import { clientByCode } from '../../clients/find-client.ts'
import { tokenAuthority } from '../../invitations/token/authority.ts'
import { type ListedKey, listKeys } from '../../keys/list-keys.ts'
import { command } from '../command.ts'

/** Lists signing keys and the keys of clients. */
export const keysList = command({
  name: 'keys:list',
  about: 'List the keys that sign invitations and those that seal their personal data',
  details:
    'A signing key is pre-active, active, retiring (its tokens are still good), revoked or shredded; those of the ' +
    'settings are marked. No key itself is shown.',
  flags: { client: { value: 'code', about: 'of the keys that seal, only those of this client' } },
  examples: ['keys:list', 'keys:list --client acme --json'],
  lists: true,
  run: async (session, { client }) => {
    const configured = tokenAuthority(session.settings).keys
    const db = await session.database()
    const clientId = client === undefined ? undefined : (await clientByCode(db, client)).id
    return listKeys(db, { configured, clientId })
  },
  say: (keys, style) =>
    style.table([
      ['KEY', 'ALGORITHM', 'STATE', 'CREATED', 'USED UNTIL', 'IN THE SETTINGS'],
      ...keys.map((key) => [
        key.kind === 'client' ? `${key.clientCode} ${key.epoch}` : key.kid,
        key.alg,
        key.state,
        sayDay(key.createdAt),
        sayDay(key.usedUntil),
        sayHeld(key),
      ]),
    ]),
})

function sayDay(moment: Date | null): string {
  return moment === null ? '' : moment.toISOString().slice(0, 10)
}

function sayHeld(key: ListedKey): string {
  if (key.kind === 'client') return ''
  return { private: 'yes', public: 'public part', none: 'no' }[key.held]
}
