import { expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { bases, listCleanSchemas, listMutants } from './corpus.ts'
import { become, seededBases, takingBack, tenants } from './plant.ts'
import { lookers, relationsShowing, textsOfB } from './sweep.ts'

const databases = await seededBases()
const cleanSchemas = listCleanSchemas()

test('there are at least 20 clean schemas, in every base', () => {
  expect(cleanSchemas.length).toBeGreaterThanOrEqual(20)
  expect(new Set(cleanSchemas.map(({ base }) => base))).toEqual(new Set(bases))
})

/** What anybody of the first tenant sees of the second, with this planted. */
function seenOfB(db: Database, plant: string): Promise<string[]> {
  return takingBack(db, async (tx) => {
    await become(tx, 'postgres')
    await tx.script(plant)
    await tx.script('set local session authorization default')
    const seen: string[] = []
    for (const text of textsOfB) {
      for (const looker of lookers) {
        for (const relation of await relationsShowing(tx, text, looker))
          seen.push(`${looker.role}: ${relation}`)
      }
    }
    return [...new Set(seen)]
  })
}

test.each(cleanSchemas)('$name goes in and shows nobody a row of another tenant', async ({ base, plant }) => {
  expect(await seenOfB(databases[base], plant)).toEqual([])
})

test('the same look finds a view without its caller in mind, and the own rows of whoever looks', async () => {
  const hole = listMutants().find(({ name }) => name === 'read-view-without-invoker')
  expect(await seenOfB(databases.flows, hole?.plant ?? '')).toEqual(['authenticated: flows.client_directory'])
  const member = lookers.at(-1) ?? { role: '', claims: '' }
  expect(await relationsShowing(databases.flows, tenants.a, member)).toContain('flows.invitations')
  expect(await relationsShowing(databases.plain, tenants.a, member)).toContain('app.notes')
})
