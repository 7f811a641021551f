import { escapeMarkup as e } from '../../base/markup.ts'
import type { Cell, IsolationReport } from '../isolation-report.ts'

/** The report as JUnit XML: one test a cell, and one for each leak that belongs to no cell. */
export function toJunit(report: IsolationReport): string {
  const { cells, leaks, unproven, seconds } = report
  const loose = leaks.filter(({ verb }) => verb === null)
  const failures = cells.filter(({ verdict }) => verdict === 'leak').length + loose.length
  const errors = cells.filter(({ verdict }) => verdict === 'unproven').length
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="isolation" tests="${cells.length + loose.length}" failures="${failures}" errors="${errors}" time="${seconds}">`,
    ...cells.map((cell) => testCase(cell, report)),
    ...loose.map(
      ({ object, title, evidence, fix }) =>
        `  <testcase classname="${e(object)}" name="${e(title)}"><failure message="${e(evidence)}">${e(fix)}</failure></testcase>`,
    ),
    ...(cells.length === 0 && unproven.length > 0
      ? ['  <testcase classname="isolation" name="anything"><error message="unproven"/></testcase>']
      : []),
    '</testsuite>',
    '',
  ].join('\n')
}

function testCase({ relation, actor, verb, verdict }: Cell, { leaks, unproven }: IsolationReport): string {
  const open = `  <testcase classname="${e(relation)}" name="${e(`${verb} as ${actor}`)}"`
  const same = (each: { object: string; actor: string; verb: string | null }) =>
    each.object === relation && each.actor === actor && (each.verb === verb || each.verb === null)
  if (verdict === 'leak') {
    const leak = leaks.find(same)
    return `${open}><failure message="${e(leak?.title ?? 'leak')}">${e(`${leak?.reproduce ?? ''}\n\n${leak?.fix ?? ''}`)}</failure></testcase>`
  }
  if (verdict === 'unproven')
    return `${open}><error message="${e(unproven.find(same)?.reason ?? 'unproven')}"/></testcase>`
  return `${open}/>`
}
