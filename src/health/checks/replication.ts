import { sayDuration } from '../../base/duration.ts'
import { sayCount } from '../../base/say-count.ts'
import { byAdvice, bySql, type Check, type Fault } from './check.ts'
import { selectSlots, selectStandbys } from './replication.queries.ts'

const slots: Check = {
  id: 'replication-slots',
  group: 'replication',
  levels: ['warning', 'error'],
  means: 'A replication slot that nobody reads keeps 1 GB of the log (an error: it has lost what it needs)',
  why: 'The server deletes nothing that a slot still wants, until its disk is full.',
  mends: 'start its reader again, or drop the slot',
  needs: 'database',
  look: async ({ db, limits }) => {
    const all = await selectSlots(db)
    const faults = all
      .filter(({ active, lost, keptBytes }) => lost || (!active && keptBytes >= limits.slotBytes))
      .map(({ name, lost, keptBytes, fix }): Fault => {
        const what = lost
          ? `The replication slot ${name} has lost part of the log that its reader needs`
          : `Nobody reads the replication slot ${name}; it keeps ${(keptBytes / 1e6).toFixed(0)} MB of the log`
        return { level: lost ? 'error' : 'warning', what, remedy: bySql(fix) }
      })
    return { well: `${sayCount(all.length, 'slot')}, none of which keeps much of the log`, faults }
  },
}

const lag: Check = {
  id: 'replication-lag',
  group: 'replication',
  levels: ['warning'],
  means: 'A standby is a minute behind',
  why: 'Who reads from it reads what was; what is not there yet is lost if the primary is.',
  mends: 'look at the network and the disk of the standby, and at long queries on it',
  needs: 'database',
  look: async ({ db, limits }) => {
    const standbys = await selectStandbys(db)
    if (standbys.some(({ seconds }) => seconds === null)) {
      return { skipped: 'this role may not see how far behind standbys are; it needs pg_monitor' }
    }
    const faults = standbys.flatMap(({ name, seconds }): Fault[] => {
      if (seconds === null || seconds < limits.replicationLagSeconds) return []
      const remedy = byAdvice('Look at the network and the disk of the standby, and at long queries on it.')
      return [{ what: `${name} is ${sayDuration(seconds)} behind`, remedy }]
    })
    const well = standbys.length === 0 ? 'no standby copies this server' : 'every standby follows closely'
    return { well, faults }
  },
}

/** Checks of who copies the database. */
export const replicationChecks: readonly Check[] = [slots, lag]
