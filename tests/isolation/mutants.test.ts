import { afterAll, expect, test } from 'vitest'
import type { IsolationReport } from '../../src/isolation/isolation-report.ts'
import { proveIsolation } from '../../src/isolation/prove-isolation.ts'
import { type CleanSchema, listCleanSchemas, listMutants, schemaOf } from './corpus.ts'
import { become, seededBases, takingBack } from './plant.ts'

const databases = await seededBases()
const mutants = listMutants()
const score = { killed: 0, seconds: 0 }

test('the corpus is there', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(60)
  expect(listCleanSchemas().length).toBeGreaterThanOrEqual(5)
})

test.each(mutants)('$name is found by the family $family: $title', async (mutant) => {
  const { verdict, leaks, seconds } = await prove(mutant)
  score.seconds += seconds
  const families = new Set<string>(leaks.flatMap(({ family, also }) => [family, ...also]))
  expect({ verdict, families: [...families] }).toEqual({
    verdict: 'leak',
    families: expect.arrayContaining([mutant.family]),
  })
  score.killed += 1
})

test.each(listCleanSchemas())('no alarm on $name: $title', async (clean) => {
  const { verdict, leaks, unproven } = await prove(clean)
  expect({ verdict, leaks, unproven }).toEqual({ verdict: 'isolated', leaks: [], unproven: [] })
})

afterAll(() => {
  const percent = ((100 * score.killed) / mutants.length).toFixed(1)
  process.stdout.write(
    `\nMutation score: ${score.killed} of ${mutants.length} holes found (${percent} %) in ${score.seconds.toFixed(1)} s\n`,
  )
})

function prove({ base, plant }: CleanSchema): Promise<IsolationReport> {
  return takingBack(databases[base], async (tx) => {
    await become(tx, 'postgres')
    await tx.script(plant)
    return proveIsolation(tx, base === 'flows' ? {} : { schemas: [schemaOf[base]] })
  })
}
