import * as z from 'zod/mini'

/** One setting: its variable, its key in flows-db.config.json, and what it must look like. */
export type SettingDefinition = {
  key: string
  about: string
  /** What a good value is, to end the sentence "... must be". */
  expected: string
  schema: z.ZodMiniType<string>
  default?: string
  /** Never shown, and refused in flows-db.config.json, which is made to be committed. */
  secret?: true
}

function address(...protocols: readonly string[]): z.ZodMiniType<string> {
  return z.string().check(
    z.refine((text) => {
      const protocol = URL.canParse(text) ? new URL(text).protocol : ''
      return protocols.includes(protocol)
    }),
  )
}

const anyText = z.string().check(z.minLength(1))
const hostName = z
  .string()
  .check(z.regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i))

/** Every setting by the name of its environment variable, in the order in which they are shown. */
export const settingTable = {
  DATABASE_URL: {
    key: 'databaseUrl',
    about: 'the Postgres or Supabase database; without it the embedded server is used',
    expected: 'a postgres:// address',
    schema: address('postgres:', 'postgresql:'),
  },
  FLOWS_DB_DIR: {
    key: 'dbDir',
    about: 'folder of the embedded server, relative to the project',
    expected: 'a folder',
    schema: anyText,
    default: '.flows-db',
  },
  SUPABASE_URL: {
    key: 'supabaseUrl',
    about: 'the Supabase project, for its Storage API',
    expected: 'an https:// address',
    schema: address('https:', 'http:'),
  },
  SUPABASE_ANON_KEY: {
    key: 'supabaseAnonKey',
    about: "the Supabase project's public key",
    expected: 'a key',
    schema: anyText,
    secret: true,
  },
  SUPABASE_SERVICE_ROLE_KEY: {
    key: 'supabaseServiceRoleKey',
    about: "the Supabase project's service key",
    expected: 'a key',
    schema: anyText,
    secret: true,
  },
  SUPABASE_JWT_SECRET: {
    key: 'supabaseJwtSecret',
    about: 'known only in order to refuse it as JWT_SECRET',
    expected: 'a secret',
    schema: anyText,
    secret: true,
  },
  JWT_SECRET: {
    key: 'jwtSecret',
    about: 'signs invitations; at least 32 bytes; the embedded default makes its own',
    expected: 'a secret',
    schema: anyText,
    secret: true,
  },
  JWT_KEY_FILE: {
    key: 'jwtKeyFile',
    about:
      'file with the keys that sign invitations: PEM, JWK or JWK set (P-256, Ed25519), relative to the project',
    expected: 'a file',
    schema: anyText,
  },
  JWT_ISSUER: {
    key: 'jwtIssuer',
    about: 'who issues invitations',
    expected: 'a name',
    schema: anyText,
    default: 'api.thepia.com',
  },
  JWT_AUDIENCE: {
    key: 'jwtAudience',
    about: 'for whom invitations are meant',
    expected: 'a name',
    schema: anyText,
    default: 'flows.thepia.net',
  },
  FLOWS_MASTER_KEY: {
    key: 'masterKey',
    about: 'wraps the client keys: 32 bytes in base64 or hex; without it derived from JWT_SECRET',
    expected: '32 bytes in base64 or hex',
    schema: anyText,
    secret: true,
  },
  FLOWS_NEW_MASTER_KEY: {
    key: 'newMasterKey',
    about: 'the master key that keys:rotate --master changes to: 32 bytes in base64 or hex',
    expected: '32 bytes in base64 or hex',
    schema: anyText,
    secret: true,
  },
  SETUP_EMAIL_DOMAIN: {
    key: 'setupEmailDomain',
    about: "domain of the clients' setup addresses",
    expected: 'a domain name',
    schema: hostName,
  },
  SETUP_EMAIL_PREFIX: {
    key: 'setupEmailPrefix',
    about: "mailbox of the clients' setup addresses: <prefix>+<client code>@<domain>",
    expected: 'letters, digits, dots, dashes or underscores',
    schema: z.string().check(z.regex(/^[A-Za-z0-9._-]{1,40}$/)),
  },
  SMTP_URL: {
    key: 'smtpUrl',
    about: 'the mail server for setup mails and invitations; without it none is sent',
    expected: 'an smtp:// or smtps:// address',
    schema: address('smtp:', 'smtps:'),
  },
  STORAGE_BUCKET_PREFIX: {
    key: 'storageBucketPrefix',
    about: "start of the clients' bucket names: <prefix>-<client code>",
    expected: '1 to 12 lower-case letters, digits or single dashes',
    schema: z.string().check(z.regex(/^(?=.{1,12}$)[a-z0-9]+(-[a-z0-9]+)*$/)),
    default: 'flows',
  },
  ALERT_EMAIL_TO: {
    key: 'alertEmailTo',
    about: 'who is mailed about alerts: addresses with commas between them; needs SMTP_URL',
    expected: 'e-mail addresses with commas between them',
    schema: z.string().check(z.regex(/^[^\s,<>@]+@[^\s,<>@]+(\s*,\s*[^\s,<>@]+@[^\s,<>@]+)*$/)),
  },
  ALERT_WEBHOOK_URL: {
    key: 'alertWebhookUrl',
    about: 'where alerts are posted to as signed JSON; needs ALERT_WEBHOOK_SECRET',
    expected: 'an https:// address',
    schema: address('https:', 'http:'),
  },
  ALERT_WEBHOOK_SECRET: {
    key: 'alertWebhookSecret',
    about: 'signs what is posted to ALERT_WEBHOOK_URL; at least 32 bytes',
    expected: 'a secret',
    schema: anyText,
    secret: true,
  },
  ALERT_SLACK_URL: {
    key: 'alertSlackUrl',
    about: 'an incoming webhook of Slack, or of what takes the same JSON',
    expected: 'an https:// address',
    schema: address('https:', 'http:'),
    secret: true,
  },
  ALERTMANAGER_URL: {
    key: 'alertmanagerUrl',
    about: 'a Prometheus Alertmanager that alerts are pushed to',
    expected: 'an https:// address',
    schema: address('https:', 'http:'),
  },
  BACKUP_DIR: {
    key: 'backupDir',
    about: 'the folder in which monitor keeps a daily backup of every client and watches their age',
    expected: 'a folder',
    schema: anyText,
  },
} as const satisfies Record<string, SettingDefinition>

/** The environment variable of a setting. */
export type SettingName = keyof typeof settingTable

/** All settings with their definitions, in order. */
export const settingDefinitions = Object.entries(settingTable) as readonly (readonly [
  SettingName,
  SettingDefinition,
])[]
