import type { Database } from '../../database/database.ts'
import type { MigrateStatus } from '../../database/migrate/migrate-status.ts'
import type { DatabaseFigures } from '../database-figures.ts'
import type { HealthGroup, HealthLevel, Remedy } from '../health-report.ts'
import type { HealthLimits } from '../limits.ts'
import type { Surroundings } from '../surroundings.ts'

/** What a check may look at; what several of them need is read once. */
export type Place = Readonly<{
  db: Database
  limits: HealthLimits
  surroundings: Surroundings
  figures: () => Promise<DatabaseFigures>
  migrations: () => Promise<MigrateStatus>
}>

/** What a check may look at where it needs no database. */
export type Outside = Pick<Place, 'limits' | 'surroundings'>

/** One thing that is wrong; its level is the first of its check where none is given. */
export type Fault = Readonly<{ what: string; remedy: Remedy; level?: HealthLevel }>

/** What a look gave: what is wrong, with a line for the case that nothing is; or why nobody could look. */
export type Outcome = Readonly<{ well: string; faults: readonly Fault[] }> | Readonly<{ skipped: string }>

type Described = Readonly<{
  /** Stable, and the id of its findings. */
  id: string
  group: HealthGroup
  levels: readonly [HealthLevel, ...HealthLevel[]]
  /** What is wrong where it finds something. */
  means: string
  why: string
  /** What mends it, in general. */
  mends: string
}>

/** One thing that is looked at; without a connection, or without the schema of flows-db, those that need it are skipped. */
export type Check =
  | (Described & Readonly<{ needs: 'database' | 'schema'; look(place: Place): Promise<Outcome> }>)
  | (Described & Readonly<{ needs: 'nothing'; look(outside: Outside): Promise<Outcome> }>)

/** A remedy in SQL, for the role that runs the migrations. */
export function bySql(text: string): Remedy {
  return { kind: 'sql', text }
}

/** A remedy that is a command of flows-db. */
export function byCommand(text: string): Remedy {
  return { kind: 'command', text }
}

/** A remedy that is neither SQL nor a command. */
export function byAdvice(text: string): Remedy {
  return { kind: 'advice', text }
}
