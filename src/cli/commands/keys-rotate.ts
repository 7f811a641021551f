import { FlowsError } from '../../base/errors.ts'
import { clientByCode } from '../../clients/find-client.ts'
import { parseMasterKey } from '../../config/secrets.ts'
import { tokenAuthority } from '../../invitations/token/authority.ts'
import { type ClientKeyRotation, rotateClientKey } from '../../keys/rotate-client-key.ts'
import { rotateMasterKey } from '../../keys/rotate-master-key.ts'
import { rotateSigningKey, type SigningRotation } from '../../keys/rotate-signing-key.ts'
import { command, type How, type Session, type Style } from '../command.ts'

type Rotation =
  | ({ rotated: 'client'; clientCode: string } & ClientKeyRotation)
  | { rotated: 'master'; clientKeys: number }
  | ({ rotated: 'signing' } & SigningRotation)

/** Changes a client's key, the master key or the key that signs. */
export const keysRotate = command({
  name: 'keys:rotate',
  about: "Change a client's key, the master key, or the key that signs; outstanding tokens go on working",
  details:
    '--client: new invitations are sealed under a new epoch; the old key is destroyed by invitation:cleanup after its last ' +
    'invitation.\n--master: every client key is wrapped anew, from FLOWS_MASTER_KEY to FLOWS_NEW_MASTER_KEY or the file; ' +
    'all of them or none.\n--signing: another key of JWT_KEY_FILE or JWT_SECRET signs; the old one must stay in the ' +
    'settings until its tokens are over.',
  flags: {
    client: { value: 'code', about: 'the key of this client' },
    master: { about: 'the master key' },
    'new-master-file': { value: 'path', about: 'file with the new master key; - is standard input' },
    signing: { about: 'the key that signs' },
    to: { value: 'kid', about: 'with --signing: this key; else the first new one of the settings' },
    revoke: {
      about: 'with --client or --signing: the old key got into wrong hands and is good for nothing any more',
    },
  },
  examples: ['keys:rotate --client acme', 'keys:rotate --client acme --revoke --dry-run --json'],
  changes: true,
  run: async (session, flags): Promise<Rotation> => {
    const { client, master, signing, to, revoke } = flags
    const file = flags['new-master-file']
    const asked = [client !== undefined, master, signing].filter(Boolean).length
    if (
      asked !== 1 ||
      (to !== undefined && !signing) ||
      (file !== undefined && !master) ||
      (revoke && master)
    ) {
      throw new FlowsError(
        'USAGE',
        "Say which key is to be changed: a client's, the master key or the signing key",
        {
          hint: 'One of: keys:rotate --client <code>, keys:rotate --master, keys:rotate --signing',
        },
      )
    }
    if (client !== undefined) return rotateClient(session, client, revoke)
    if (master) return rotateMaster(session, file)
    const configured = tokenAuthority(session.settings).keys.values()
    const rotation = await session.change((tx) => rotateSigningKey(tx, configured, { to, revoke }))
    return { rotated: 'signing', ...rotation }
  },
  say: sayRotation,
})

async function rotateClient(session: Session, code: string, revoke: boolean): Promise<Rotation> {
  const { masterKey } = session.settings
  return session.change(async (tx) => {
    const { id, clientCode } = await clientByCode(tx, code)
    const rotation = await rotateClientKey(tx, { clientId: id, masterKey, revoke })
    return { rotated: 'client', clientCode, ...rotation }
  })
}

async function rotateMaster(session: Session, file: string | undefined): Promise<Rotation> {
  const { masterKey } = session.settings
  const newMasterKey =
    file === undefined
      ? session.settings.newMasterKey
      : parseMasterKey('FLOWS_NEW_MASTER_KEY', await session.readText(file))
  if (newMasterKey === undefined) {
    throw new FlowsError('SETTING_MISSING', 'FLOWS_NEW_MASTER_KEY is not set', {
      hint: 'Make it with: openssl rand -base64 32, and put it into the environment or name a file: --new-master-file <path>',
    })
  }
  const clientKeys = await session.change((tx) => rotateMasterKey(tx, { masterKey, newMasterKey }))
  return { rotated: 'master', clientKeys }
}

function sayRotation(rotation: Rotation, _: Style, { dryRun }: How): string {
  if (rotation.rotated === 'master') {
    if (dryRun) return `${rotation.clientKeys} client keys would be wrapped under the new master key.`
    return [
      `${rotation.clientKeys} client keys are wrapped under the new master key.`,
      'Set FLOWS_MASTER_KEY to it now, everywhere, and remove FLOWS_NEW_MASTER_KEY; keep the old one with the backups.',
    ].join('\n')
  }
  if (rotation.rotated === 'client') {
    const { clientCode, epoch, previous } = rotation
    const be = dryRun ? 'would be' : 'is'
    const old = previous === null ? '' : ` Epoch ${previous.epoch} ${be} ${previous.state}.`
    return `New invitations of ${clientCode} ${dryRun ? 'would be' : 'are'} sealed under epoch ${epoch}.${old}`
  }
  const { kid, alg, previous } = rotation
  const old = previous === null ? '' : ` ${previous.kid} ${dryRun ? 'would be' : 'is'} ${previous.state}.`
  return `${kid} (${alg}) ${dryRun ? 'would sign' : 'signs from now on'}.${old}`
}
