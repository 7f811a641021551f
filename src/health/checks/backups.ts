import { sayDuration } from '../../base/duration.ts'
import { backupAges } from '../backup-ages.ts'
import { byCommand, type Check, count, type Fault } from './check.ts'

const age: Check = {
  id: 'backup-age',
  group: 'backups',
  levels: ['warning', 'error'],
  means:
    'The newest backup of an active client is older than 26 hours (an error: it has none after its first 26 hours)',
  why: 'What happened since then is lost if the database is.',
  mends: 'make one, and let backup:create --all run every day',
  needs: 'database',
  look: async ({ db, limits, surroundings: { backups } }) => {
    if (backups === undefined) return { skipped: 'no folder of backups is named: --backups <folder>' }
    const ages = await backupAges(db, backups, { grace: limits.backupAgeSeconds })
    const faults = ages.flatMap(({ clientCode, seconds }): Fault[] => {
      const remedy = byCommand(`backup:create --client ${clientCode}`)
      if (seconds === null) {
        return [{ level: 'error', what: `There is no backup of client ${clientCode}`, remedy }]
      }
      if (seconds <= limits.backupAgeSeconds) return []
      const what = `The newest backup of client ${clientCode} is ${sayDuration(seconds)} old`
      return [{ level: 'warning', what, remedy }]
    })
    return { well: `${count(ages.length, 'client')} with a fresh one`, faults }
  },
}

/** Checks of backups. */
export const backupChecks: readonly Check[] = [age]
