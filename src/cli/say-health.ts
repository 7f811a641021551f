import { sayCount } from '../base/say-count.ts'
import type { CheckedHealth, HealthFinding, HealthReport } from '../health/health-report.ts'
import { healthGroups } from '../health/health-report.ts'
import type { Style } from './command.ts'

/** A report for a person: the checks by group, one line a check, and below it what it found with why and remedy. */
export function sayHealth(report: HealthReport, style: Style): string {
  const width = Math.max(0, ...report.checks.map(({ id }) => id.length))
  const groups = healthGroups.flatMap((group) => {
    const checks = report.checks.filter((check) => check.group === group)
    if (checks.length === 0) return []
    return [[style.bold(group), ...checks.flatMap((check) => sayCheck(check, width, style))].join('\n')]
  })
  return [...groups, sayVerdict(report, style)].join('\n\n')
}

function sayCheck({ id, state, detail, findings }: CheckedHealth, width: number, style: Style): string[] {
  const line = `  ${paint(state, style)}  ${id.padEnd(width)}  ${detail}`
  return [state === 'skipped' ? style.dim(line) : line, ...sayFindings(findings, style)]
}

/** The reason is said once for findings that follow each other with the same one. */
function sayFindings(findings: readonly HealthFinding[], style: Style): string[] {
  const indent = ' '.repeat(11)
  const lines = findings.flatMap(({ what, remedy }) => [
    `${indent}${what}`,
    ...remedy.text
      .split('\n')
      .map((text, index) => `${indent}${index === 0 ? '> ' : '  '}${style.bold(text)}`),
  ])
  const [first] = findings
  return first === undefined ? [] : [`${indent}${style.dim(first.why)}`, ...lines]
}

function paint(state: CheckedHealth['state'], { green, red, yellow }: Style): string {
  const word = { healthy: 'ok', skipped: 'skipped', error: 'error', warning: 'warning', info: 'info' }[state]
  const color = { healthy: green, skipped: (text: string) => text, error: red, warning: yellow, info: yellow }
  return color[state](word.padEnd(7))
}

function sayVerdict(
  { verdict, errors, warnings, infos, skipped, seconds }: HealthReport,
  style: Style,
): string {
  const counts = [
    sayCount(errors, 'error'),
    sayCount(warnings, 'warning'),
    ...(infos > 0 ? [`${infos} to know`] : []),
    ...(skipped > 0 ? [`${skipped} not looked at`] : []),
  ].join(', ')
  const word = verdict === 'healthy' ? style.green('healthy') : style.red('unhealthy')
  return `${word}: ${counts} (${seconds.toFixed(2)} s)`
}
