import { describe, expect, test } from 'vitest'
import { bases, listMutants } from './corpus.ts'
import { become, runExploit, seededBases, takingBack } from './plant.ts'

const families = [
  'read',
  'count',
  'insert',
  'move',
  'update',
  'delete',
  'truncate',
  'null-tenant',
  'foreign-key',
  'unique',
  'view-write',
  'function',
  'leaky-filter',
  'escalation',
  'trigger',
  'sequence',
  'large-object',
  'storage',
  'rule',
  'context',
]

const databases = await seededBases()
const mutants = listMutants()

test('the corpus has at least 150 holes, in every base and of every family', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(150)
  expect([...new Set(mutants.map(({ family }) => family))].sort()).toEqual(families.toSorted())
  for (const base of bases) {
    expect(mutants.filter((mutant) => mutant.base === base).length).toBeGreaterThanOrEqual(8)
  }
})

describe.each(bases)('planted in %s', (base) => {
  const db = databases[base]
  const planted = mutants.filter((mutant) => mutant.base === base)

  test.each(planted)('$name is a real hole: closed before, open after', async (mutant) => {
    expect(await runExploit(db, mutant), 'before').toMatch(/^(nothing|refused: .*)$/)
    const after = await takingBack(db, async (tx) => {
      await become(tx, 'postgres')
      await tx.script(mutant.plant)
      await tx.script('set local session authorization default')
      return runExploit(tx, mutant)
    })
    expect(after, 'after').toMatch(/^(rows|change|notice)$/)
  })

  test.each(planted.filter(({ undo }) => undo !== ''))(
    '$name, planted for good, can be undone',
    async (mutant) => {
      const after = await takingBack(db, async (tx) => {
        await become(tx, 'postgres')
        await tx.script(mutant.plant)
        await tx.script(mutant.undo)
        await tx.script('set local session authorization default')
        return runExploit(tx, mutant)
      })
      expect(after).toMatch(/^(nothing|refused: .*)$/)
    },
  )
})
