import type { FlowsError } from '../base/errors.ts'

/** A look at a service: resolves where it answers as it should, and throws a FlowsError where it does not. */
export type Probe = () => Promise<void>

/** When the newest backup of a client was taken, and how many bytes it has where that is known. */
export type NewestBackup = Readonly<{ clientCode: string; takenAt: Date; bytes?: number | null }>

/** Backups as they lie in a place, or why they cannot be seen there. */
export type KnownBackups = readonly NewestBackup[] | FlowsError

/**
 * What is known of a database's surroundings, which its own connection cannot tell; undefined is what nobody knows or
 * has: checks that need it say so.
 */
export type Surroundings = Readonly<{
  /** Where the migrations are read. */
  migrationsFolder: string
  /** How the names of clients' buckets begin. */
  storageBucketPrefix: string
  /** The signing keys that the settings have, by their kid. */
  signingKids: readonly string[] | undefined
  /** Backups that are known of beside those that the audit trail tells of. */
  backups: KnownBackups | undefined
  /** The folder of the database's files, where they lie on this machine. */
  dataFolder: string | undefined
  mailServer: Probe | undefined
  storageApi: Probe | undefined
}>
