/** What went wrong, in the classes that decide a command's exit status (DESIGN: 0 is done, the rest are below). */
export type ErrorKind =
  | 'failed'
  | 'usage'
  | 'notFound'
  | 'refused'
  | 'conflict'
  | 'quota'
  | 'unhealthy'
  | 'unverified'
  | 'interrupted'

/** Every code of a FlowsError with its class, in the order of the rooms. */
export const errorKinds = {
  // command line and settings
  USAGE: 'usage',
  SETTING_INVALID: 'usage',
  SETTING_MISSING: 'usage',
  SECRET_WEAK: 'refused',
  DURATION_INVALID: 'usage',
  CONFIRMATION_REQUIRED: 'refused',
  INTERRUPTED: 'interrupted',
  FILE_UNREADABLE: 'usage',
  FILE_UNWRITABLE: 'failed',

  // database
  DATABASE_UNREACHABLE: 'failed',
  DATABASE_PASSWORD_WRONG: 'refused',
  DATABASE_PERMISSION_DENIED: 'refused',
  DATABASE_BUSY: 'conflict',
  DATABASE_FULL: 'failed',
  DATABASE_NOT_EMBEDDED: 'usage',
  DATABASE_VERSION_UNSUPPORTED: 'refused',
  DATABASE_NEWER: 'refused',
  EMBEDDED_BINARIES_MISSING: 'failed',
  EMBEDDED_START_FAILED: 'failed',
  EMBEDDED_STOP_FAILED: 'failed',
  EMBEDDED_DATA_FOREIGN: 'refused',
  EMBEDDED_DATA_MISSING: 'refused',
  EMBEDDED_DISK_FULL: 'failed',
  EMBEDDED_PORT_TAKEN: 'conflict',
  PLATFORM_NEEDS_SUPERUSER: 'refused',
  PLATFORM_SCHEMA_TAKEN: 'conflict',
  PLATFORM_ROLE_UNFIT: 'refused',

  // migrations
  MIGRATION_PENDING: 'refused',
  MIGRATION_FAILED: 'failed',
  MIGRATION_FOLDER_MISSING: 'usage',
  MIGRATION_NAME_INVALID: 'usage',
  MIGRATION_EDITED: 'conflict',
  MIGRATION_MISSING: 'conflict',
  MIGRATION_RENAMED: 'conflict',
  MIGRATION_DUPLICATE: 'conflict',
  MIGRATION_OUT_OF_ORDER: 'conflict',
  MIGRATION_NOT_FOUND: 'notFound',
  MIGRATION_LOCKED: 'conflict',
  MIGRATION_FILE_INVALID: 'usage',
  MIGRATION_UNFINISHED: 'conflict',

  // clients
  CLIENT_CODE_INVALID: 'usage',
  CLIENT_CODE_TAKEN: 'conflict',
  CLIENT_DOMAIN_INVALID: 'usage',
  CLIENT_DOMAIN_TAKEN: 'conflict',
  CLIENT_NAME_INVALID: 'usage',
  CLIENT_TIER_UNKNOWN: 'usage',
  CLIENT_REGION_UNKNOWN: 'usage',
  CLIENT_CONFIG_INVALID: 'usage',
  CLIENT_NOT_FOUND: 'notFound',
  CLIENT_INACTIVE: 'refused',
  CLIENT_OVER_LIMIT: 'quota',
  CLIENT_CODE_ERASED: 'conflict',
  CLIENT_REFERRED_TO: 'conflict',
  TIERS_INVALID: 'usage',

  // storage
  BUCKET_NAME_INVALID: 'usage',
  BUCKET_TAKEN: 'conflict',
  BUCKET_NOT_FOUND: 'notFound',
  BUCKET_NOT_EMPTY: 'conflict',
  STORAGE_UNREACHABLE: 'failed',
  STORAGE_KEY_WRONG: 'refused',
  STORAGE_OBJECT_NOT_FOUND: 'notFound',
  STORAGE_OBJECT_EXISTS: 'conflict',
  STORAGE_FAILED: 'failed',

  // applications
  APPLICATION_CONFIG_INVALID: 'usage',
  APPLICATION_INSTALLED: 'conflict',
  APPLICATION_NOT_FOUND: 'notFound',
  APPLICATION_IN_USE: 'conflict',

  // members
  MEMBER_NOT_FOUND: 'notFound',
  MEMBER_LIMIT_REACHED: 'quota',

  // keys
  KEY_MISSING: 'failed',
  KEY_UNWRAP_FAILED: 'refused',
  KEY_FILE_INVALID: 'usage',
  KEY_NOT_FIT: 'usage',
  KEY_UNKNOWN: 'notFound',
  KEY_INACTIVE: 'refused',
  KEY_UNCHANGED: 'conflict',
  JWS_NOT_VALID: 'unverified',

  // invitations
  INVITATION_INVITEE_INVALID: 'usage',
  INVITATION_PERMISSION_UNKNOWN: 'usage',
  INVITATION_RESTRICTION_INVALID: 'usage',
  INVITATION_EXPIRY_INVALID: 'usage',
  INVITATION_MAX_USES_INVALID: 'usage',
  INVITATION_TOO_LARGE: 'usage',
  INVITATION_NOT_FOUND: 'notFound',
  INVITATION_NOT_VALID: 'unverified',
  INVITATION_NOT_REDEEMABLE: 'refused',
  INVITATION_NOT_REVOCABLE: 'conflict',
  INVITATION_NOT_RESENDABLE: 'conflict',
  INVITATION_ERASED: 'conflict',
  INVITATION_INVITER_UNFIT: 'refused',
  INVITATION_RATE_LIMITED: 'refused',
  IMPORT_FILE_INVALID: 'usage',

  // mail
  MAIL_FAILED: 'failed',

  // backup
  BACKUP_FOREIGN: 'unverified',
  BACKUP_DAMAGED: 'unverified',
  BACKUP_PASSPHRASE_MISSING: 'usage',
  BACKUP_PASSPHRASE_WEAK: 'usage',
  BACKUP_PASSPHRASE_WRONG: 'unverified',
  BACKUP_RECIPIENT_INVALID: 'usage',
  BACKUP_IDENTITY_MISSING: 'usage',
  BACKUP_IDENTITY_INVALID: 'usage',
  BACKUP_IDENTITY_WRONG: 'unverified',
  BACKUP_FILE_EXISTS: 'conflict',
  BACKUP_NOT_FOUND: 'notFound',
  BACKUP_NEWER: 'refused',
  BACKUP_UNFIT: 'conflict',
  BACKUP_TABLE_UNFIT: 'conflict',
  BACKUP_CLIENT_EXISTS: 'conflict',
  BACKUP_CLIENT_DIFFERS: 'conflict',
  BACKUP_ROLE_UNFIT: 'refused',
  BACKUP_CLIENT_ERASED: 'refused',
  BACKUP_WITHOUT_FILES: 'conflict',
  PG_DUMP_MISSING: 'refused',
  PG_DUMP_TOO_OLD: 'refused',
  PG_DUMP_FAILED: 'failed',
  BACKUP_FILES_INCOMPLETE: 'failed',

  // audit
  AUDIT_TABLE_UNKNOWN: 'usage',

  // analytics
  MONTH_INVALID: 'usage',
  USAGE_BATCH_INVALID: 'usage',
  USAGE_LOG_CHANGED: 'conflict',
  USAGE_LOG_BUSY: 'conflict',

  // alerts
  ALERT_RULES_INVALID: 'usage',
  ALERT_NOT_FOUND: 'notFound',
  ALERT_NOT_OPEN: 'conflict',
  NOTIFICATION_FAILED: 'failed',
  MONITOR_PORT_TAKEN: 'conflict',

  // isolation
  ISOLATION_ROLE_UNFIT: 'refused',
  ISOLATION_NO_TABLES: 'usage',
  ISOLATION_FAMILY_UNKNOWN: 'usage',
  ISOLATION_WAIVERS_INVALID: 'usage',
  ISOLATION_CONTROL_FAILED: 'unverified',

  // health
  HEALTH_CHECK_UNKNOWN: 'usage',
} as const satisfies Record<string, ErrorKind>

/** A stable name for one kind of failure; callers may branch on it. */
export type ErrorCode = keyof typeof errorKinds

/** How to build a FlowsError beyond its message. */
export type ErrorDetails = {
  /** The next step, usually a command. */
  hint?: string
  /** The error beneath, shown only with --debug. */
  cause?: unknown
}

/**
 * The one error a user of flows-db is meant to see: a stable code, a sentence in the user's words
 * and the next step. It never carries a token, an address or a row's value. A bug stays an ordinary error.
 */
export class FlowsError extends Error {
  override readonly name = 'FlowsError'
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
  }

  /** The class of failure, from which the exit status follows. */
  get kind(): ErrorKind {
    return errorKinds[this.code]
  }
}
