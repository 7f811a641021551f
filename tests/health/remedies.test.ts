import { expect, test } from 'vitest'
import { allChecks } from '../../src/health/checks/all-checks.ts'
import type { HealthFinding } from '../../src/health/health-report.ts'
import { type PlantedFault, plantedFaults } from './faults.ts'
import { findingsOf, type Patient, patient } from './patient.ts'

/** Checks whose findings nobody mends by SQL or a command of flows-db; tests/health/findings.test.ts provokes them. */
const withoutRemedy = [
  'connection',
  'server-version',
  'clock-skew',
  'connections',
  'cache-hit',
  'wraparound',
  'disk',
  'slow-statements',
  'replication-lag',
  'database-newer',
  'signing-keys-held',
  'mail-server',
  'storage-api',
]

async function mend(sick: Patient, { remedy }: HealthFinding, by: PlantedFault['by']): Promise<void> {
  if (remedy.kind === 'sql') return (by === 'admin' ? sick.admin : sick.owner).script(remedy.text)
  expect(remedy.kind).toBe('command')
  expect(await sick.run(remedy.text)).toMatchObject({ status: 0 })
}

test('the migrated database has nothing wrong', async () => {
  const report = await (await patient()).look()
  expect(findingsOf(report)).toEqual([])
  expect(report.verdict).toBe('healthy')
})

test('every check that has an executable remedy is provoked', () => {
  const provoked = new Set([...plantedFaults.map(({ id }) => id), ...withoutRemedy])
  expect(allChecks.map(({ id }) => id).filter((id) => !provoked.has(id))).toEqual([])
})

test.each(plantedFaults)('$id: $title; its remedy mends it', async (fault) => {
  const sick = await patient()
  const options = { limits: fault.limits ?? {} }
  const before = findingsOf(await sick.look(options)).map(({ what }) => what)
  const look = async () => findingsOf(await sick.look(options)).filter(({ what }) => !before.includes(what))

  if (typeof fault.plant === 'string') await sick.owner.script(fault.plant)
  else await fault.plant(sick)
  const findings = await look()
  const found = findings.filter(({ id, what }) => id === fault.id && fault.what.test(what))
  expect({ findings, found: found.length }).toEqual({ findings, found: 1 })
  expect(new Set(findings.map(({ id }) => id))).toEqual(new Set([fault.id, ...(fault.also ?? [])]))

  for (const finding of findings) await mend(sick, finding, fault.by)
  expect(await look()).toEqual([])
})
