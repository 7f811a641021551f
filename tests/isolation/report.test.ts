import { expect, test } from 'vitest'
import type { IsolationReport } from '../../src/isolation/isolation-report.ts'
import { toHtml } from '../../src/isolation/report/html.ts'
import { toJunit } from '../../src/isolation/report/junit.ts'
import { layMatrix } from '../../src/isolation/report/matrix.ts'
import { toSarif } from '../../src/isolation/report/sarif.ts'

const report: IsolationReport = {
  verdict: 'leak',
  cells: [
    { relation: 'app.notes', actor: 'anon', verb: 'select', verdict: 'denied', attacks: 1 },
    { relation: 'app.notes', actor: 'anon', verb: 'insert', verdict: 'denied', attacks: 0 },
    { relation: 'app.notes', actor: 'member', verb: 'select', verdict: 'leak', attacks: 12 },
    { relation: 'app.notes', actor: 'member', verb: 'insert', verdict: 'unproven', attacks: 2 },
    { relation: 'app.closed', actor: 'anon', verb: 'select', verdict: 'denied', attacks: 1 },
    { relation: 'app.closed', actor: 'member', verb: 'select', verdict: 'denied', attacks: 1 },
    { relation: 'app.own', actor: 'anon', verb: 'select', verdict: 'denied', attacks: 1 },
    { relation: 'app.own', actor: 'member', verb: 'select', verdict: 'own', attacks: 12 },
  ],
  leaks: [
    {
      family: 'read',
      also: [],
      object: 'app.notes',
      actor: 'member',
      context: 'own',
      verb: 'select',
      title: 'member reads <rows>',
      evidence: '1 of 2 rows',
      reproduce: "begin;\nselect * from app.notes where body = '<b>';\nrollback;",
      fix: 'alter table app.notes enable row level security;',
    },
  ],
  unproven: [{ object: 'app.notes', actor: 'member', verb: 'insert', reason: 'a CHECK "refuses" it' }],
  seconds: 1.5,
  attacks: 41,
  families: ['read', 'insert'],
  actors: [],
  controls: { planted: ['values in rows'], readable: [], writable: [] },
  notes: [],
  proofs: [],
  indexParity: [],
  waivers: [],
}

test('the matrix has a row for each relation that somebody may use, and a sign for each verb', () => {
  expect(layMatrix(report)).toEqual({
    rows: [
      ['RELATION', 'anon', 'member'],
      ['app.notes', '--', 'X?'],
      ['app.own', '-', 'o'],
    ],
    closed: 1,
  })
})

test('SARIF has a result for each leak and each unproven cell', () => {
  const { version, runs } = JSON.parse(toSarif(report))
  expect(version).toBe('2.1.0')
  const results = runs[0].results as { ruleId: string; level: string }[]
  expect(results.map(({ ruleId, level }) => ({ ruleId, level }))).toEqual([
    { ruleId: 'read', level: 'error' },
    { ruleId: 'unproven', level: 'warning' },
  ])
})

test('JUnit has a test for each cell, failed for a leak and in error where nothing was proved', () => {
  const xml = toJunit(report)
  expect(xml).toContain('<testsuite name="isolation" tests="8" failures="1" errors="1" time="1.5">')
  expect(xml).toContain('<failure message="member reads &lt;rows&gt;">')
  expect(xml).toContain('<error message="a CHECK &quot;refuses&quot; it"/>')
  expect(xml.match(/<testcase /g)).toHaveLength(8)
})

test('the page draws a square for each cell, needs nothing from elsewhere and lets no text become markup', () => {
  const page = toHtml(report)
  expect(page.match(/<i class="\w+" title=/g)).toHaveLength(8)
  expect(page).toContain('app.notes, select as member: LEAK')
  expect(page).not.toMatch(/src=|href=|<script|<b>'|url\(/)
  expect(page).toContain('&lt;b&gt;')
})
