import { FlowsError } from '../base/errors.ts'
import type { Settings } from '../config/settings.ts'
import { type DatabaseStatus, describeDatabase } from '../database/describe-database.ts'
import { tokenAuthority } from '../invitations/token/authority.ts'
import { readKeyFile } from '../keys/read-key-file.ts'
import type { Session } from './command.ts'

/** One thing that was looked at: how it is, and what to do if it is not well. */
export type Finding = { subject: string; well: boolean; detail: string; hint: string | null }

const notMade = 'not made yet: the first command that needs it does'

/**
 * Looks at what commands need of this machine and its settings, and goes on after what is not well. Nothing is changed:
 * an embedded server that is down stays down, and secrets that are not made yet stay so.
 */
export async function examine(session: Session): Promise<Finding[]> {
  const settings = await find('settings', async () => `read from ${session.settings.projectFolder}`)
  if (!settings.well) return [nodeFinding(), settings]
  return [
    nodeFinding(),
    settings,
    await find('signing keys', async () => describeKeys(session.settings)),
    await find('master key', async () => describeMasterKey(session.settings)),
    ...(await databaseFindings(session)),
    await find('setup mail', async () => describeMail(session.settings)),
  ]
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const well = major > 20 || (major === 20 && minor >= 12)
  const hint = well ? null : 'Install Node 20.12 or newer.'
  return { subject: 'node', well, detail: process.versions.node, hint }
}

function describeKeys(settings: Settings): string {
  if (settings.unmadeSecrets.includes('JWT_SECRET')) {
    if (settings.jwtKeys !== undefined) readKeyFile(settings.jwtKeys)
    return notMade
  }
  const { keys, issuer, audience } = tokenAuthority(settings)
  const algorithms = [...keys.values()].map(({ alg }) => alg)
  return `${algorithms.join(', ')}, for invitations from ${issuer} to ${audience}`
}

function describeMasterKey(settings: Settings): string {
  if (settings.unmadeSecrets.includes('FLOWS_MASTER_KEY')) return notMade
  return `${settings.masterKey.length} bytes`
}

function describeMail({ smtpUrl, setupEmailDomain, setupEmailPrefix }: Settings): string {
  if (smtpUrl === undefined) return 'none is sent: SMTP_URL is not set'
  if (setupEmailDomain !== undefined && setupEmailPrefix !== undefined) {
    return `to ${setupEmailPrefix}+<client code> at ${setupEmailDomain}`
  }
  throw new FlowsError('SETTING_MISSING', 'SMTP_URL is set, and there is no address to send setup mails to', {
    hint: 'Set SETUP_EMAIL_PREFIX and SETUP_EMAIL_DOMAIN.',
  })
}

async function databaseFindings(session: Session): Promise<Finding[]> {
  let status: DatabaseStatus | undefined
  const reached = await find('database', async () => {
    status = await describeDatabase(session.settings)
    const { embedded, running, version } = status
    if (!running) return 'embedded, not running: the next command starts it'
    return `${embedded ? 'embedded ' : ''}PostgreSQL ${version}`
  })
  if (status?.running !== true) return [reached]
  const isEmpty = status.embedded && status.schema === 'empty'
  const schema = await find('schema', async () => {
    if (isEmpty) return 'not set up yet: the next command does it'
    await session.database()
    return 'up to date, and open to staff'
  })
  return [reached, schema]
}

async function find(subject: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { subject, well: true, detail: await look(), hint: null }
  } catch (error) {
    if (!(error instanceof FlowsError)) throw error
    return { subject, well: false, detail: error.message, hint: error.hint ?? null }
  }
}
