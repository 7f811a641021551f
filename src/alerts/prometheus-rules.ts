import type { AlertRule, AlertRules, Side } from './alert-rule.ts'
import { type FigureDefinition, figures } from './figure.ts'

const operators: Readonly<Record<Side, string>> = { above: '>', atLeast: '>=', below: '<' }

const humanized: Readonly<Record<FigureDefinition['unit'], string>> = {
  part: '{{ $value | humanizePercentage }}',
  seconds: '{{ $value | humanizeDuration }}',
  count: '{{ $value | humanize }}',
  times: '{{ $value | humanize }} times',
}

/** The alert rules as a rules file of Prometheus (YAML), for those who have one: the same names, thresholds and words. */
export function prometheusRules({ rules }: AlertRules): string {
  const lines = ['groups:', '  - name: flows-db', '    rules:', ...rules.flatMap(ruleLines)]
  return `${lines.join('\n')}\n`
}

// A JSON text is a YAML scalar too, whatever is in it.
function ruleLines(rule: AlertRule): string[] {
  const { name, patience, severity, remedy } = rule
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(expressionOf(rule))}`,
    ...(patience === 0 ? [] : [`        for: ${patience}s`]),
    `        labels: { severity: ${severity} }`,
    '        annotations:',
    `          summary: ${JSON.stringify(fill(rule.summary, rule))}`,
    ...(remedy === '' ? [] : [`          remedy: ${JSON.stringify(fill(remedy, rule))}`]),
  ]
}

/** The condition: one comparison, or one for each threshold that some clients have of their own. */
function expressionOf({ figure, when, threshold, tiers, clients }: AlertRule): string {
  const { promql, of } = figures[figure] as FigureDefinition
  const compare = (value: string, limit: number) => `(${value}) ${operators[when]} ${limit}`
  const own = of === 'client' ? Object.entries(clients) : []
  const ofTiers = of === 'client' ? Object.entries(tiers) : []
  if (own.length === 0 && ofTiers.length === 0) return compare(promql, threshold)
  const named = own.map(([code]) => code).join('|')
  const others = named === '' ? '' : `, client!~"${named}"`
  const special = [
    ...own.map(([code, limit]) => [`flows_db_client_info{client="${code}"}`, limit] as const),
    ...ofTiers.map(([tier, limit]) => [`flows_db_client_info{tier="${tier}"${others}}`, limit] as const),
  ]
  const rest = special.map(([clientsOf]) => ` unless on (client) ${clientsOf}`).join('')
  return [
    ...special.map(([clientsOf, limit]) => compare(`(${promql}) and on (client) ${clientsOf}`, limit)),
    compare(`(${promql})${rest}`, threshold),
  ].join(' or ')
}

function fill(text: string, { figure, threshold }: AlertRule): string {
  return text
    .replaceAll('{client}', '{{ $labels.client }}')
    .replaceAll('{value}', humanized[figures[figure].unit])
    .replaceAll('{threshold}', String(threshold))
}
