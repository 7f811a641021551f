import { allChecks } from '../src/health/checks/all-checks.ts'
import { healthGroups } from '../src/health/health-report.ts'
import { markdownTable } from './markdown-table.ts'

/** The reference of all health checks, by group: what each finds, how bad it is, why it matters and what mends it. */
export function describeHealth(): string {
  return healthGroups
    .map((group) => {
      const rows = allChecks
        .filter((check) => check.group === group)
        .map(({ id, levels, means, why, mends }) => [`\`${id}\``, levels.join(', '), `${means}.`, why, mends])
      const title = `### ${group.charAt(0).toUpperCase()}${group.slice(1)}`
      return `${title}\n\n${markdownTable(['check', 'level', 'finds', 'why it matters', 'what mends it'], rows)}`
    })
    .join('\n\n')
}
