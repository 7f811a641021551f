import { hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { FlowsError } from '../base/errors.ts'
import { generatedSecrets, hasGeneratedSecrets } from './generated-secrets.ts'
import type { GivenSettings } from './given.ts'
import { checkSecret, isSample } from './secret-strength.ts'
import type { SettingName } from './setting-table.ts'

const masterLabel = 'flows-db/v1|master'

/**
 * The properties of Settings that are secrets, each worked out when it is read: what is given is checked, what is
 * missing is generated in `embeddedFolder` or, without one, refused. A relative path begins at `projectFolder`.
 */
export function lazySecrets(
  given: GivenSettings,
  { projectFolder, embeddedFolder }: { projectFolder: string; embeddedFolder: string | undefined },
): PropertyDescriptorMap {
  const text = (name: SettingName) => given.get(name)?.text
  return {
    jwtSecret: { get: () => jwtSecret(given, embeddedFolder) },
    jwtKeys: { get: () => readKeys(text('JWT_KEY_FILE'), projectFolder) },
    masterKey: { get: () => masterKey(given, embeddedFolder) },
    unmadeSecrets: { get: () => unmadeSecrets(given, embeddedFolder) },
    newMasterKey: { get: () => newMasterKey(text('FLOWS_NEW_MASTER_KEY')) },
    alertWebhookSecret: { get: () => webhookSecret(text('ALERT_WEBHOOK_SECRET')) },
    alertSlackUrl: { get: () => refuseSample('ALERT_SLACK_URL', text('ALERT_SLACK_URL')) },
    supabaseAnonKey: { get: () => refuseSample('SUPABASE_ANON_KEY', text('SUPABASE_ANON_KEY')) },
    supabaseServiceRoleKey: {
      get: () => refuseSample('SUPABASE_SERVICE_ROLE_KEY', text('SUPABASE_SERVICE_ROLE_KEY')),
    },
  }
}

function jwtSecret(given: GivenSettings, embeddedFolder: string | undefined): string {
  const secret = given.get('JWT_SECRET')?.text
  if (secret === undefined) {
    if (embeddedFolder !== undefined) return generatedSecrets(embeddedFolder).jwtSecret
    throw new FlowsError(
      'SETTING_MISSING',
      "JWT_SECRET is not set: it signs invitations and, without FLOWS_MASTER_KEY, wraps the clients' keys",
      {
        hint: 'Put a line JWT_SECRET=... into .env, made with: openssl rand -base64 32',
      },
    )
  }
  if (secret === given.get('SUPABASE_JWT_SECRET')?.text) {
    throw new FlowsError('SECRET_WEAK', "JWT_SECRET is the Supabase project's own JWT secret", {
      hint: 'An invitation must never pass for an access token: make a new one with: openssl rand -base64 32',
    })
  }
  if (embeddedFolder === undefined) checkSecret('JWT_SECRET', secret)
  return secret
}

function unmadeSecrets(given: GivenSettings, embeddedFolder: string | undefined): readonly SettingName[] {
  if (embeddedFolder === undefined || hasGeneratedSecrets(embeddedFolder)) return []
  return (['JWT_SECRET', 'FLOWS_MASTER_KEY'] as const).filter((name) => !given.has(name))
}

function readKeys(path: string | undefined, projectFolder: string): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(resolve(projectFolder, path), 'utf8')
  } catch (cause) {
    throw new FlowsError('FILE_UNREADABLE', `The file of JWT_KEY_FILE cannot be read: ${path}`, {
      hint: 'Check the path and its permissions, or make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem',
      cause,
    })
  }
}

function webhookSecret(text: string | undefined): string | undefined {
  if (text !== undefined) checkSecret('ALERT_WEBHOOK_SECRET', text)
  return text
}

function newMasterKey(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : parseMasterKey('FLOWS_NEW_MASTER_KEY', text)
}

function masterKey(given: GivenSettings, embeddedFolder: string | undefined): Buffer {
  const text = given.get('FLOWS_MASTER_KEY')?.text
  if (text !== undefined) return parseMasterKey('FLOWS_MASTER_KEY', text)
  if (embeddedFolder !== undefined) return Buffer.from(generatedSecrets(embeddedFolder).masterKey, 'base64')
  return Buffer.from(hkdfSync('sha256', jwtSecret(given, embeddedFolder), '', masterLabel, 32))
}

/** The 32 bytes of a master key in base64 or hex; throws SETTING_INVALID or SECRET_WEAK in the name of this setting. */
export function parseMasterKey(name: SettingName, text: string): Buffer {
  refuseSample(name, text)
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  if (key.length !== 32 || !/^([0-9a-f]{64}|[A-Za-z0-9+/]{43}=?)$/i.test(text)) {
    throw new FlowsError('SETTING_INVALID', `${name} must be 32 bytes in base64 or hex`, {
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  if (new Set(key).size < 10) {
    throw new FlowsError('SECRET_WEAK', `${name} repeats too few bytes`, {
      hint: 'Make one with: openssl rand -base64 32',
    })
  }
  return key
}

function refuseSample<Text extends string | undefined>(name: SettingName, text: Text): Text {
  if (text === undefined || !isSample(text)) return text
  throw new FlowsError('SECRET_WEAK', `${name} is still the text of a sample`, {
    hint: 'Put the real one into the environment or .env, or remove the line.',
  })
}
