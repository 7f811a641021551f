/** What flows-db was told, checked and frozen: the environment is read once, at the door, and handed in. */
export type Settings = Readonly<{
  /** The project's folder, from which relative paths are read (absolute). */
  projectFolder: string
  /** A postgres:// address, or undefined for the embedded server. */
  databaseUrl: string | undefined
  /** The embedded server's folder (absolute). */
  embeddedFolder: string
  /** Where migrations are read (absolute): the project's own migrations/, else those of the package. */
  migrationsFolder: string
  supabaseUrl: string | undefined
  supabaseAnonKey: string | undefined
  supabaseServiceRoleKey: string | undefined
  /** Signs invitations; at least 32 bytes. */
  jwtSecret: string
  jwtIssuer: string
  jwtAudience: string
  /** Wraps client keys: 32 bytes, given as FLOWS_MASTER_KEY (base64) or derived from jwtSecret under its own label. */
  masterKey: Buffer
  setupEmailDomain: string | undefined
  setupEmailPrefix: string | undefined
  smtpUrl: string | undefined
  storageBucketPrefix: string
}>
