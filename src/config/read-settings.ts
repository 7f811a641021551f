import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as z from 'zod/mini'
import { FlowsError } from '../base/errors.ts'
import { readDotenv } from './dotenv.ts'
import { type Environment, environment } from './environment.ts'
import type { Given, GivenSettings } from './given.ts'
import { findMigrationsFolder, findProjectFolder } from './project-folder.ts'
import { isTemplate } from './secret-strength.ts'
import { lazySecrets } from './secrets.ts'
import { type SettingName, settingDefinitions, settingTable } from './setting-table.ts'
import type { Origin, Settings } from './settings.ts'
import { showSettings } from './show-settings.ts'

/** Where settings are looked for; what is left out is the process's own. */
export type SettingSources = {
  /** The folder from which the project is found. */
  cwd?: string
  environment?: Environment
  /** An .env file named by a flag (--dotenv): stronger than the environment. */
  dotenv?: string
}

/**
 * Reads all settings: flags, environment, .env, flows-db.config.json, defaults, the first that has a value wins.
 * Throws SETTING_INVALID for a malformed value, line or file; the secrets are checked only when they are read.
 */
export function readSettings(sources: SettingSources = {}): Settings {
  const cwd = sources.cwd ?? process.cwd()
  const projectFolder = findProjectFolder(cwd)
  const given = gather(projectFolder, cwd, sources)
  const text = (name: SettingName) => given.get(name)?.text
  const databaseUrl = text('DATABASE_URL')
  const embeddedFolder = resolve(projectFolder, text('FLOWS_DB_DIR') ?? settingTable.FLOWS_DB_DIR.default)
  const backupDir = text('BACKUP_DIR')
  const plain = {
    projectFolder,
    databaseUrl,
    embeddedFolder,
    migrationsFolder: findMigrationsFolder(projectFolder),
    supabaseUrl: text('SUPABASE_URL'),
    hasJwtSecret: databaseUrl === undefined || given.has('JWT_SECRET'),
    jwtIssuer: text('JWT_ISSUER') ?? settingTable.JWT_ISSUER.default,
    jwtAudience: text('JWT_AUDIENCE') ?? settingTable.JWT_AUDIENCE.default,
    setupEmailDomain: text('SETUP_EMAIL_DOMAIN'),
    setupEmailPrefix: text('SETUP_EMAIL_PREFIX'),
    smtpUrl: text('SMTP_URL'),
    storageBucketPrefix: text('STORAGE_BUCKET_PREFIX') ?? settingTable.STORAGE_BUCKET_PREFIX.default,
    alertEmailTo: text('ALERT_EMAIL_TO'),
    alertWebhookUrl: text('ALERT_WEBHOOK_URL'),
    alertmanagerUrl: text('ALERTMANAGER_URL'),
    backupFolder: backupDir === undefined ? undefined : resolve(projectFolder, backupDir),
    shown: showSettings(given, databaseUrl === undefined),
  }
  const embedded = databaseUrl === undefined ? embeddedFolder : undefined
  return Object.freeze(
    Object.defineProperties(
      plain,
      lazySecrets(given, { projectFolder, embeddedFolder: embedded }),
    ) as Settings,
  )
}

function gather(projectFolder: string, cwd: string, sources: SettingSources): GivenSettings {
  const layers: readonly (readonly [Origin, Environment])[] = [
    ['--dotenv', sources.dotenv === undefined ? {} : readNamedFile(resolve(cwd, sources.dotenv))],
    ['environment', sources.environment ?? environment()],
    ['.env', readDotenv(join(projectFolder, '.env'))],
    ['flows-db.config.json', readConfigFile(join(projectFolder, 'flows-db.config.json'))],
    [
      'default',
      Object.fromEntries(settingDefinitions.map(([name, definition]) => [name, definition.default])),
    ],
  ]
  const given = new Map<SettingName, Given>()
  for (const [name] of settingDefinitions) {
    const layer = layers.find(([, values]) => (values[name] ?? '').trim() !== '')
    if (layer === undefined) continue
    const [origin, values] = layer
    const text = values[name] ?? ''
    checkValue(name, text, origin)
    given.set(name, { text, origin })
  }
  return given
}

function readNamedFile(path: string): Environment {
  if (existsSync(path)) return readDotenv(path)
  throw new FlowsError('FILE_UNREADABLE', `There is no file ${path}`, {
    hint: 'Give --dotenv the path of a file with NAME=value lines.',
  })
}

function checkValue(name: SettingName, text: string, origin: Origin): void {
  const definition = settingTable[name]
  const isSecret = 'secret' in definition
  if (!isSecret && isTemplate(text)) {
    throw new FlowsError('SETTING_INVALID', `${name} (${origin}) is still the text of a sample`, {
      hint: `It must be ${definition.expected}. Correct it there, or take it out.`,
    })
  }
  if (definition.schema.safeParse(text).success) return
  throw new FlowsError('SETTING_INVALID', `${name} (${origin}) must be ${definition.expected}`, {
    hint: 'Correct it there, or take it out.',
  })
}

const configFile = z.strictObject({
  $schema: z.optional(z.string()),
  ...Object.fromEntries(settingDefinitions.map(([, definition]) => [definition.key, z.optional(z.string())])),
})

function readConfigFile(path: string): Environment {
  if (!existsSync(path)) return {}
  const values = parseConfigFile(path)
  return Object.fromEntries(
    settingDefinitions.flatMap(([name, { key, secret }]) => {
      const text = values[key]
      if (text === undefined) return []
      if (secret === true || (URL.canParse(text) && new URL(text).password !== '')) {
        throw new FlowsError('SETTING_INVALID', `${path} holds a secret: ${key}`, {
          hint: `That file is made to be committed; put ${name} into the environment or .env.`,
        })
      }
      return [[name, text]]
    }),
  )
}

function parseConfigFile(path: string): Readonly<Record<string, string | undefined>> {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new FlowsError('SETTING_INVALID', `${path} is not JSON`, { hint: 'Check its syntax.', cause })
  }
  const result = configFile.safeParse(json)
  if (result.success) return result.data
  const unknown = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  )
  const [wrong] = result.error.issues
  const allowed = settingDefinitions.flatMap(([, { key, secret }]) => (secret === true ? [] : [key]))
  throw new FlowsError(
    'SETTING_INVALID',
    unknown.length > 0
      ? `${path} has keys that flows-db does not know: ${unknown.join(', ')}`
      : `${path}: ${wrong?.path.join('.') || 'the whole'} has the wrong type`,
    { hint: `It may have, each a text: ${allowed.join(', ')}` },
  )
}
