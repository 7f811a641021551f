import type { SettingName } from './setting-table.ts'

/** Where the value of a setting came from. */
export type Origin =
  | '--dotenv'
  | 'environment'
  | '.env'
  | 'flows-db.config.json'
  | 'default'
  | 'generated'
  | 'unset'

/** One setting as it may be shown: secrets and passwords are masked. */
export type ShownSetting = { name: SettingName; value: string | null; origin: Origin }

/**
 * What flows-db was told, checked and frozen: the environment is read once, at the door, and handed in.
 * The secrets are checked (and, for the embedded default, made) only when they are read, so that a command that
 * needs none works without them; they are not enumerable, so that they leave no trace in a spread or a print.
 */
export type Settings = Readonly<{
  /** The project's folder, from which relative paths are read (absolute). */
  projectFolder: string
  /** A postgres:// address, or undefined for the embedded server. */
  databaseUrl: string | undefined
  /** The embedded server's folder (absolute). */
  embeddedFolder: string
  /** Where migrations are read (absolute): the project's own migrations/ if it starts with ours, else the package's. */
  migrationsFolder: string
  supabaseUrl: string | undefined
  /** Reading it throws SECRET_WEAK if it is still the sample text. */
  supabaseAnonKey: string | undefined
  /** Reading it throws SECRET_WEAK if it is still the sample text. */
  supabaseServiceRoleKey: string | undefined
  /** Signs invitations; at least 32 bytes. Reading it throws SETTING_MISSING or SECRET_WEAK. */
  jwtSecret: string
  /** Whether jwtSecret was given, or is made by the embedded default. */
  hasJwtSecret: boolean
  /** The text of JWT_KEY_FILE, a secret like jwtSecret. Reading it throws FILE_UNREADABLE. */
  jwtKeys: string | undefined
  jwtIssuer: string
  jwtAudience: string
  /**
   * Wraps client keys, 32 bytes: FLOWS_MASTER_KEY, else the embedded default's own, else derived from jwtSecret
   * under its own label. Reading it throws SETTING_MISSING, SETTING_INVALID or SECRET_WEAK.
   */
  masterKey: Buffer
  /** Which of jwtSecret and masterKey the embedded default has not made yet: reading one of them makes and keeps both. */
  unmadeSecrets: readonly SettingName[]
  /** What masterKey is to be changed to, 32 bytes. Reading it throws SETTING_INVALID or SECRET_WEAK. */
  newMasterKey: Buffer | undefined
  setupEmailDomain: string | undefined
  setupEmailPrefix: string | undefined
  smtpUrl: string | undefined
  storageBucketPrefix: string
  alertEmailTo: string | undefined
  alertWebhookUrl: string | undefined
  /** Reading it throws SECRET_WEAK. */
  alertWebhookSecret: string | undefined
  /** A secret: its path is all that it takes to post there. Reading it throws SECRET_WEAK if it is the sample text. */
  alertSlackUrl: string | undefined
  alertmanagerUrl: string | undefined
  /** The folder of monitor's backups (absolute), or undefined where it makes none. */
  backupFolder: string | undefined
  /** Every setting with its origin, for config:show. */
  shown: readonly ShownSetting[]
}>
