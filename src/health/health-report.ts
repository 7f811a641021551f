/** How bad a finding is: an error makes the database unhealthy, a warning only under --strict, info never. */
export type HealthLevel = 'error' | 'warning' | 'info'

/** The parts in which the checks are told, in order. */
export const healthGroups = [
  'server',
  'sessions',
  'replication',
  'schema',
  'isolation',
  'audit',
  'keys',
  'storage',
  'backups',
  'tables',
  'services',
] as const

/** One part of the report. */
export type HealthGroup = (typeof healthGroups)[number]

/** What mends a finding: SQL for the migrating role, a command of flows-db, or something that neither can do. */
export type Remedy = Readonly<{ kind: 'sql' | 'command' | 'advice'; text: string }>

/** One thing that is not as it should be. */
export type HealthFinding = Readonly<{
  /** The check that found it; stays the same from release to release. */
  id: string
  level: HealthLevel
  what: string
  why: string
  remedy: Remedy
}>

/** What one check found; a check that could not look is skipped and says why in `detail`, never healthy. */
export type CheckedHealth = Readonly<{
  id: string
  group: HealthGroup
  state: 'healthy' | 'skipped' | HealthLevel
  detail: string
  findings: readonly HealthFinding[]
}>

/** What a health check found. */
export type HealthReport = Readonly<{
  /** Healthy where no check has an error. */
  verdict: 'healthy' | 'unhealthy'
  errors: number
  warnings: number
  infos: number
  /** Checks that could not look. */
  skipped: number
  seconds: number
  checks: readonly CheckedHealth[]
}>
