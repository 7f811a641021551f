import { ticks } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import { sayCount } from '../base/say-count.ts'
import type { Database } from '../database/database.ts'
import { sqlState } from '../database/failures.ts'
import { migrateStatus } from '../database/migrate/migrate-status.ts'
import { selectGuards, selectIsSetUp, setGuards } from './check-health.queries.ts'
import { allChecks } from './checks/all-checks.ts'
import { byAdvice, type Check, type Outcome, type Place } from './checks/check.ts'
import { readDatabaseFigures } from './database-figures.ts'
import type { CheckedHealth, HealthReport } from './health-report.ts'
import { defaultLimits, type HealthLimits } from './limits.ts'
import type { Surroundings } from './surroundings.ts'

/** Which checks run, by their ids, and from where on a value is a finding. */
export type HealthOptions = {
  /** Only these checks; all if none is named. Throws HEALTH_CHECK_UNKNOWN for a name that no check has. */
  only?: readonly string[]
  skip?: readonly string[]
  limits?: Partial<HealthLimits>
}

const notSetUp = 'the schema for it is not there: see migrations-pending'
const watched = { readOnly: 'on', statementTimeout: '15s', lockTimeout: '2s' }

/**
 * Looks at a database and its surroundings, over one connection and without changing anything. `db` is best connected
 * as the migrating role: a check that its role has no rights for is skipped, and says so. A FlowsError in place of `db`
 * says why there is no connection: it becomes the finding of the check `connection`.
 */
export async function checkHealth(
  db: Database | FlowsError,
  surroundings: Surroundings,
  options: HealthOptions = {},
): Promise<HealthReport> {
  const began = ticks()
  const checks = chosen(options)
  const limits = { ...defaultLimits, ...options.limits }
  const outside = Promise.all(
    checks.flatMap((check) =>
      check.needs === 'nothing' ? [judge(check, () => check.look({ limits, surroundings }))] : [],
    ),
  )
  // It is awaited last, and may have failed by then.
  outside.catch(() => undefined)
  const inside =
    db instanceof FlowsError
      ? checks.filter(({ needs }) => needs !== 'nothing').map((check) => unreached(check, db))
      : await lookInside(db, checks, surroundings, limits)
  const found = [...inside, ...(await outside)]
  return report(
    checks.flatMap(({ id }) => found.find((each) => each.id === id) ?? []),
    (ticks() - began) / 1_000,
  )
}

function chosen({ only = [], skip = [] }: HealthOptions): Check[] {
  const unknown = [...only, ...skip].find((name) => allChecks.every(({ id }) => id !== name))
  if (unknown !== undefined) {
    throw new FlowsError('HEALTH_CHECK_UNKNOWN', `There is no health check "${unknown}"`, {
      hint: `They are: ${allChecks.map(({ id }) => id).join(', ')}`,
    })
  }
  return allChecks.filter(({ id }) => (only.length === 0 || only.includes(id)) && !skip.includes(id))
}

/** One check after the other, since they share a connection; the session is left as it was. */
function lookInside(
  db: Database,
  checks: readonly Check[],
  surroundings: Surroundings,
  limits: HealthLimits,
): Promise<CheckedHealth[]> {
  return db.session(async (session) => {
    const before = await selectGuards(session)
    await setGuards(session, watched)
    const place: Place = {
      db: session,
      limits,
      surroundings,
      figures: once(() => readDatabaseFigures(session)),
      migrations: once(() => migrateStatus(session, surroundings.migrationsFolder)),
    }
    const isSetUp = once(() => selectIsSetUp(session))
    try {
      const found: CheckedHealth[] = []
      for (const check of checks) {
        if (check.needs === 'nothing') continue
        const look = async () => {
          if (check.needs === 'schema' && !(await isSetUp())) return { skipped: notSetUp }
          return check.look(place)
        }
        found.push(await judge(check, look))
      }
      return found
    } finally {
      await setGuards(session, before)
    }
  })
}

async function judge(check: Check, look: () => Promise<Outcome>): Promise<CheckedHealth> {
  const { id, group, why, levels } = check
  const outcome = await look().catch((error: unknown) => ({ skipped: whyNot(error) }))
  if ('skipped' in outcome) return { id, group, state: 'skipped', detail: outcome.skipped, findings: [] }
  const findings = outcome.faults.map(({ what, remedy, level = levels[0] }) => ({
    id,
    level,
    what,
    why,
    remedy,
  }))
  const worst = (['error', 'warning', 'info'] as const).find((each) =>
    findings.some(({ level }) => level === each),
  )
  const detail = findings.length === 0 ? outcome.well : sayCount(findings.length, 'finding')
  return { id, group, state: worst ?? 'healthy', detail, findings }
}

/** Why a check could not look; anything that is not known to keep one from looking is a bug, and thrown. */
function whyNot(error: unknown): string {
  if (error instanceof FlowsError) {
    if (error.code === 'DATABASE_PERMISSION_DENIED') return 'this role may not look there'
    if (error.code === 'MIGRATION_PENDING') return notSetUp
    if (error.code === 'MIGRATION_FOLDER_MISSING') return error.message
  }
  const state = sqlState(error)
  if (state === '57014') return 'it took longer than 15 s'
  if (state === '55P03') return 'something locks it'
  throw error
}

function unreached(check: Check, error: FlowsError): CheckedHealth {
  const { id, group, why } = check
  if (id !== 'connection')
    return { id, group, state: 'skipped', detail: 'there is no connection', findings: [] }
  const remedy = byAdvice(error.hint ?? 'Look at: db:status')
  const finding = { id, level: 'error', what: error.message, why, remedy } as const
  return { id, group, state: 'error', detail: sayCount(1, 'finding'), findings: [finding] }
}

function report(checks: readonly CheckedHealth[], seconds: number): HealthReport {
  const levels = checks.flatMap(({ findings }) => findings.map(({ level }) => level))
  const errors = levels.filter((level) => level === 'error').length
  return {
    verdict: errors === 0 ? 'healthy' : 'unhealthy',
    errors,
    warnings: levels.filter((level) => level === 'warning').length,
    infos: levels.filter((level) => level === 'info').length,
    skipped: checks.filter(({ state }) => state === 'skipped').length,
    seconds,
    checks,
  }
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | undefined
  return () => {
    reading ??= read()
    return reading
  }
}
