import { statfs } from 'node:fs/promises'
import { now } from '../../base/clock.ts'
import { fixedHoles, saferRelease, supportedReleases } from '../../database/server-release.ts'
import { byAdvice, bySql, type Check, type Outcome } from './check.ts'
import { selectClock, selectOldestTable } from './server.queries.ts'

const connection: Check = {
  id: 'connection',
  group: 'server',
  levels: ['error'],
  means: 'The database does not answer, or not to this user',
  why: 'Nothing else works, for nobody.',
  mends: 'db:status shows where it is looked for; DATABASE_URL says so',
  needs: 'database',
  look: async ({ figures }) => {
    const { serverVersion, isStandby, databaseBytes } = await figures()
    const standby = isStandby ? ', a standby' : ''
    return { well: `PostgreSQL ${serverVersion}${standby}, ${sayBytes(databaseBytes)}`, faults: [] }
  },
}

const serverVersion: Check = {
  id: 'server-version',
  group: 'server',
  levels: ['error', 'warning'],
  means:
    'The server is of a release that has known holes in row-level security, or that flows-db is not tried on',
  why: fixedHoles,
  mends: 'install a newer minor release',
  needs: 'database',
  look: async ({ figures }) => {
    const { versionNumber, serverVersion: version } = await figures()
    const major = Math.floor(versionNumber / 10_000)
    const safer = saferRelease(versionNumber)
    const { first, last } = supportedReleases
    const faults = []
    if (safer !== undefined) {
      faults.push({
        what: `PostgreSQL ${version} has known holes in row-level security`,
        remedy: byAdvice(`Install PostgreSQL ${safer} or newer; no dump is needed for a minor release.`),
      })
    }
    if (major < first || major > last) {
      faults.push({
        level: major < first ? ('error' as const) : ('warning' as const),
        what: `PostgreSQL ${major} is not among the releases that flows-db is tried on (${first} to ${last})`,
        remedy: byAdvice(major < first ? `Upgrade to PostgreSQL ${last}.` : 'Look for a newer flows-db.'),
      })
    }
    return { well: `PostgreSQL ${version} is supported and has no known hole in row-level security`, faults }
  },
}

const clockSkew: Check = {
  id: 'clock-skew',
  group: 'server',
  levels: ['warning'],
  means: "The server's clock and this machine's differ by more than 5 seconds",
  why: 'Tokens and invitations are dated here and checked there: they would begin and end at the wrong time.',
  mends: 'set the clock that is wrong by NTP',
  needs: 'database',
  look: async ({ db, limits }) => {
    const before = now().getTime()
    const { clock } = await selectClock(db)
    const middle = (before + now().getTime()) / 2
    const seconds = Math.round((clock.getTime() - middle) / 100) / 10
    const side = seconds > 0 ? 'ahead of' : 'behind'
    return {
      well: `the server's clock and this machine's differ by ${Math.abs(seconds)} s`,
      faults:
        Math.abs(seconds) <= limits.clockSkewSeconds
          ? []
          : [
              {
                what: `The server's clock is ${Math.abs(seconds)} s ${side} this machine's`,
                remedy: byAdvice('Set both clocks by NTP, for example: timedatectl set-ntp true'),
              },
            ],
    }
  },
}

const connections: Check = {
  id: 'connections',
  group: 'server',
  levels: ['warning', 'error'],
  means: 'More than 80 % (an error: 95 %) of the connections that the server allows are taken',
  why: 'Whoever comes next is turned away.',
  mends: 'a pooler in front, or a higher max_connections',
  needs: 'database',
  look: async ({ figures, limits }) => {
    const { connections: taken, maxConnections } = await figures()
    const part = taken / maxConnections
    const well = `${taken} of ${maxConnections} are taken`
    if (part < limits.connectionsWarning) return { well, faults: [] }
    const level = part < limits.connectionsError ? 'warning' : 'error'
    const remedy = byAdvice(
      'Let applications share connections through a pooler (Supavisor, PgBouncer), or raise max_connections.',
    )
    return { well, faults: [{ level, what: `${taken} of ${maxConnections} connections are taken`, remedy }] }
  },
}

const cacheHit: Check = {
  id: 'cache-hit',
  group: 'server',
  levels: ['warning'],
  means:
    'Less than 99 % of the blocks that were asked for were in memory (looked at from 1,000,000 blocks on)',
  why: 'What is not in memory comes from the disk, a hundred times slower.',
  mends: 'more memory (shared_buffers), or fewer rows read: slow-statements names the statements',
  needs: 'database',
  look: async ({ figures, limits }) => {
    const { cacheHitRatio, blocksAsked } = await figures()
    if (cacheHitRatio === null || blocksAsked < limits.cacheHitBlocks) {
      return { well: `too little was read to judge (${blocksAsked} blocks)`, faults: [] }
    }
    const well = `${sayPart(cacheHitRatio)} of ${blocksAsked} blocks were in memory`
    if (cacheHitRatio >= limits.cacheHitRatio) return { well, faults: [] }
    const remedy = byAdvice(
      'Raise shared_buffers (a larger instance), or look at: health-check --only slow-statements',
    )
    return { well, faults: [{ what: `Only ${well}`, remedy }] }
  },
}

const wraparound: Check = {
  id: 'wraparound',
  group: 'server',
  levels: ['warning', 'error'],
  means: 'The oldest row that is not frozen is 500 million transactions old (an error: 1,500 million)',
  why: 'At 2,147 million the server refuses every write until it is vacuumed.',
  mends: 'vacuum (freeze), and find what holds autovacuum up: an old transaction or replication slot',
  needs: 'database',
  look: async ({ db, figures, limits }) => {
    const { transactionAge, multixactAge } = await figures()
    const age = Math.max(transactionAge, multixactAge)
    const well = `the oldest row is ${sayMillions(age)} million transactions old`
    if (age < limits.transactionAgeWarning) return { well, faults: [] }
    const { freeze } = await selectOldestTable(db)
    const level = age < limits.transactionAgeError ? 'warning' : 'error'
    return { well, faults: [{ level, what: capital(well), remedy: bySql(freeze) }] }
  },
}

const disk: Check = {
  id: 'disk',
  group: 'server',
  levels: ['warning', 'error'],
  means: "Less than 10 % (an error: 3 %) of the disk with the database's files is free",
  why: 'A full disk stops every write, and recovery from it.',
  mends: 'a larger disk, or less on it',
  needs: 'nothing',
  look: async ({ surroundings: { dataFolder }, limits }): Promise<Outcome> => {
    if (dataFolder === undefined) {
      return {
        skipped:
          "the database's files are not on this machine, and PostgreSQL does not tell how full its disk is",
      }
    }
    const { bavail, blocks, bsize } = await statfs(dataFolder)
    const part = bavail / blocks
    const well = `${sayPart(part)} is free (${sayBytes(bavail * bsize)})`
    if (part > limits.diskWarning) return { well, faults: [] }
    const level = part > limits.diskError ? 'warning' : 'error'
    const remedy = byAdvice(`Free space on the disk of ${dataFolder}, or make it larger.`)
    return { well, faults: [{ level, what: `Of the disk of the database only ${well}`, remedy }] }
  },
}

function sayPart(part: number): string {
  return `${(part * 100).toFixed(1)} %`
}

function sayMillions(number: number): string {
  return (number / 1_000_000).toFixed(1)
}

function sayBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Checks of the server as a whole. */
export const serverChecks: readonly Check[] = [
  connection,
  serverVersion,
  clockSkew,
  connections,
  cacheHit,
  wraparound,
  disk,
]
