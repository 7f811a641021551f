import { bySql, type Check } from './check.ts'
import {
  selectDeadRows,
  selectDuplicateIndexes,
  selectInvalidIndexes,
  selectNeverVacuumed,
  selectUnusedIndexes,
} from './tables.queries.ts'

const deadRows: Check = {
  id: 'dead-rows',
  group: 'tables',
  levels: ['warning'],
  means: 'A table has 10,000 dead rows and more, which are a fifth of all its rows',
  why: 'Every scan reads them too. Autovacuum does not keep up, or something holds it back.',
  mends: 'vacuum (analyze), and look for old transactions: idle-in-transaction',
  needs: 'database',
  look: async ({ db, limits }) => {
    const tables = await selectDeadRows(db, limits.deadRows, limits.deadRowsShare)
    const faults = tables.map(({ table, dead, live, fix }) => ({
      what: `${table} has ${dead} dead rows beside ${live} live ones`,
      remedy: bySql(fix),
    }))
    return { well: 'no table has many', faults }
  },
}

const neverVacuumed: Check = {
  id: 'never-vacuumed',
  group: 'tables',
  levels: ['info'],
  means: 'A table of 100,000 rows and more was never vacuumed or never analyzed',
  why: 'The planner guesses how many rows there are, and no scan can keep to the index.',
  mends: 'vacuum (analyze)',
  needs: 'database',
  look: async ({ db, limits }) => {
    const tables = await selectNeverVacuumed(db, limits.neverVacuumedRows)
    const faults = tables.map(({ table, rows, fix }) => ({
      what: `${table}, of ${rows} rows, was never vacuumed or never analyzed`,
      remedy: bySql(fix),
    }))
    return { well: 'every large table was vacuumed and analyzed', faults }
  },
}

const invalidIndexes: Check = {
  id: 'invalid-indexes',
  group: 'tables',
  levels: ['warning'],
  means: 'A failed build left an index behind that is not valid',
  why: 'It costs every write and helps no read; a unique one does not hold.',
  mends: 'build it again',
  needs: 'database',
  look: async ({ db }) => {
    const faults = (await selectInvalidIndexes(db)).map(({ index, table, fix }) => ({
      what: `The index ${index} on ${table} is not valid`,
      remedy: bySql(fix),
    }))
    return { well: 'every index is valid', faults }
  },
}

const duplicateIndexes: Check = {
  id: 'duplicate-indexes',
  group: 'tables',
  levels: ['warning'],
  means: 'Two indexes of a table are the same in everything but their name',
  why: 'Every write pays for both.',
  mends: 'drop the one that no constraint stands on',
  needs: 'database',
  look: async ({ db }) => {
    const faults = (await selectDuplicateIndexes(db)).map(({ index, other, fix }) => ({
      what: `The index ${index} is the same as ${other}`,
      remedy: bySql(fix),
    }))
    return { well: 'no two indexes are the same', faults }
  },
}

const unusedIndexes: Check = {
  id: 'unused-indexes',
  group: 'tables',
  levels: ['info'],
  means:
    'An index of 10 MB and more, none of flows-db itself, was never used since the statistics were last reset',
  why: 'Every write pays for it.',
  mends: 'drop it, once it is unused on every standby too',
  needs: 'database',
  look: async ({ db, limits }) => {
    const indexes = await selectUnusedIndexes(db, limits.unusedIndexBytes)
    const faults = indexes.map(({ index, table, bytes, fix }) => ({
      what: `The index ${index} on ${table} (${(bytes / 1e6).toFixed(0)} MB) was never used`,
      remedy: bySql(fix),
    }))
    return { well: 'every large index is used', faults }
  },
}

/** Checks of how tables and indexes fare. */
export const tableChecks: readonly Check[] = [
  deadRows,
  neverVacuumed,
  invalidIndexes,
  duplicateIndexes,
  unusedIndexes,
]
