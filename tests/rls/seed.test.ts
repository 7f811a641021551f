import { expect, test } from 'vitest'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { testDatabase } from '../support/database.ts'
import { digestOf } from './digest.ts'
import { seedClient } from './seed.ts'

const { owner } = await testDatabase()

test('a seeded client has a row in every client-owned table, and no row of another client', async () => {
  const acme = await seedClient(owner, 'canary-acme')
  const before = await digestOf(owner, acme.clientId)
  const tables = await clientOwnedTables(owner)
  expect(tables.length).toBeGreaterThan(8)
  expect(Object.entries(before).filter(([, digest]) => digest.startsWith('0 '))).toEqual([])
  expect(Object.keys(before).length).toBe(tables.length)

  const globex = await seedClient(owner, 'canary-globex')
  expect(await digestOf(owner, acme.clientId)).toEqual(before)
  expect(globex.clientId).not.toBe(acme.clientId)
})
