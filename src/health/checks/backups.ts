import { sayDuration } from '../../base/duration.ts'
import { sayCount } from '../../base/say-count.ts'
import { backupAges } from '../backup-ages.ts'
import { byCommand, type Check, type Fault } from './check.ts'

const age: Check = {
  id: 'backup-age',
  group: 'backups',
  levels: ['warning'],
  means: 'The newest backup of an active client is older than 26 hours, or it has none',
  why: 'What happened since then is lost if the database is.',
  mends:
    'make one, and let backup:create --all run every day; skip the check where backups are made by others',
  needs: 'schema',
  look: async ({ db, limits: { backupAgeSeconds }, surroundings: { backups } }) => {
    const ages = await backupAges(db, backups, { enough: backupAgeSeconds, grace: backupAgeSeconds })
    const faults = ages.flatMap(({ clientCode, seconds }): Fault[] => {
      if (seconds !== null && seconds <= backupAgeSeconds) return []
      const what =
        seconds === null
          ? `No backup of client ${clientCode} is known of, at least none of the last week`
          : `The newest backup of client ${clientCode} is ${sayDuration(seconds)} old`
      return [{ what, remedy: byCommand(`backup:create --client ${clientCode}`) }]
    })
    return { well: `${sayCount(ages.length, 'client')} with a fresh one`, faults }
  },
}

/** Checks of backups. */
export const backupChecks: readonly Check[] = [age]
