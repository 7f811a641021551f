import { expect, test } from 'vitest'
import { measureIsolation } from '../../bench/isolation/bench-isolation.ts'
import { accessClaims } from '../../bench/isolation/claims.ts'
import { workloads } from '../../bench/isolation/isolation.queries.ts'
import { reportIsolation } from '../../bench/isolation/report-isolation.ts'

test('the isolation benchmark measures every workload on every path, on a server that is gone afterwards', async () => {
  const plan = { invitations: 400, clientCounts: [4], rounds: 2, sessions: 1, mostSessions: 1 }
  const { cells, postgres } = await measureIsolation(plan, () => undefined)
  expect(cells.map(({ workload }) => workload)).toEqual(workloads.map(({ name }) => name))
  for (const { comparison } of cells) {
    const walls = Object.values(comparison.figures).map(({ wall }) => wall)
    expect(walls.length).toBeGreaterThanOrEqual(4)
    for (const wall of walls) expect(wall?.ratio).toBeGreaterThan(0)
  }
  const report = reportIsolation(cells, plan, `PostgreSQL ${postgres}`)
  expect(report).toContain('**4 clients, 400 invitations**')
  expect(report.match(/^\| newest 50 \|/gm)).toHaveLength(1)
})

test('the claims are as long as those of a real access token', () => {
  const { length } = accessClaims('00000000-0000-0000-0000-000000000000')
  expect(Math.abs(length - 700)).toBeLessThan(50)
})
