import { expect, test } from 'vitest'
import { readDatabaseFigures } from '../../src/health/database-figures.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff } = await testDatabase()

test('the figures of a database come in one row, with numbers as numbers', async () => {
  const figures = await readDatabaseFigures(owner)
  expect(figures).toMatchObject({
    measuredAt: expect.any(Date),
    serverVersion: expect.stringMatching(/^\d+\.\d+/),
    isStandby: false,
    cacheHitRatio: expect.any(Number),
    databaseBytes: expect.any(Number),
    maxConnections: 97,
    idleInTransaction: 0,
    idleInTransactionSeconds: 0,
    longestStatementSeconds: expect.any(Number),
  })
  expect(Math.floor(figures.versionNumber / 10_000)).toBe(Number.parseInt(figures.serverVersion, 10))
  expect(figures.cacheHitRatio).toBeGreaterThan(0)
  expect(figures.cacheHitRatio).toBeLessThanOrEqual(1)
  expect(figures.connections).toBeGreaterThan(0)
  expect(figures.transactionAge).toBeGreaterThan(0)
})

test('a session that holds a transaction open is counted, with how long it has done nothing', async () => {
  await owner.transaction(async () => {
    const { idleInTransaction, idleInTransactionSeconds } = await readDatabaseFigures(owner)
    expect(idleInTransaction).toBe(1)
    expect(idleInTransactionSeconds).toBeGreaterThan(0)
  })
})

test('a role that may not see the sessions of others says so with null, and not with nothing', async () => {
  const figures = await readDatabaseFigures(staff)
  expect(figures).toMatchObject({
    idleInTransaction: null,
    idleInTransactionSeconds: null,
    longestStatementSeconds: null,
  })
  expect(figures.connections).toBeGreaterThan(0)
})
