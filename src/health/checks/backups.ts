import { sayDuration } from '../../base/duration.ts'
import { FlowsError } from '../../base/errors.ts'
import { sayCount } from '../../base/say-count.ts'
import { backupAges } from '../backup-ages.ts'
import { byAdvice, byCommand, type Check, type Fault } from './check.ts'

const age: Check = {
  id: 'backup-age',
  group: 'backups',
  levels: ['warning', 'error'],
  means:
    'The newest backup of an active client is older than 26 hours, or it has none (an error: the place that is named for backups cannot be read)',
  why: 'What happened since then is lost if the database is.',
  mends:
    'make one, and let backup:create --all run every day; skip the check where backups are made by others; correct BACKUP_DIR or --backups, or make the folder',
  needs: 'schema',
  look: async ({ db, limits: { backupAgeSeconds }, surroundings: { backups } }) => {
    const unseen = backups instanceof FlowsError ? [unseenPlace(backups)] : []
    const known = backups instanceof FlowsError ? [] : backups
    const ages = await backupAges(db, known, { enough: backupAgeSeconds, grace: backupAgeSeconds })
    const aged = ages.flatMap(({ clientCode, seconds }): Fault[] => {
      if (seconds !== null && seconds <= backupAgeSeconds) return []
      const what =
        seconds === null
          ? `No backup of client ${clientCode} is known of, at least none of the last week`
          : `The newest backup of client ${clientCode} is ${sayDuration(seconds)} old`
      return [{ what, remedy: byCommand(`backup:create --client ${clientCode}`) }]
    })
    return { well: `${sayCount(ages.length, 'client')} with a fresh one`, faults: [...unseen, ...aged] }
  },
}

function unseenPlace({ message }: FlowsError): Fault {
  return {
    level: 'error',
    what: `The place that is named for backups cannot be seen: ${message}`,
    remedy: byAdvice('Correct BACKUP_DIR or --backups, or mount or make what they name.'),
  }
}

/** Checks of backups. */
export const backupChecks: readonly Check[] = [age]
