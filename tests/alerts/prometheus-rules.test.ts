import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAlertRules } from '../../src/alerts/alert-rules.ts'
import { prometheusRules } from '../../src/alerts/prometheus-rules.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { promtool } from './promtool.ts'

const shipped = readFileSync(packagePath('config', 'alert-rules.json'), 'utf8')
const rulesFile = readFileSync(packagePath('config', 'prometheus-rules.yml'), 'utf8')
const [unitTests = '', trendTests = ''] = ['rules', 'trends'].map((name) =>
  readFileSync(packagePath('tests', 'alerts', `prometheus-${name}.test.yml`), 'utf8'),
)

/** The rules for Prometheus with a project's changes to those that ship. */
function rulesWith(changes: object): string {
  return prometheusRules(
    parseAlertRules([
      { name: 'shipped', text: shipped },
      { name: 'changes', text: JSON.stringify({ rules: changes }) },
    ]),
  )
}

test('the rules file that ships is what the rules say', () => {
  expect(rulesFile).toBe(`# Generated from alert-rules.json by: pnpm run docs\n${rulesWith({})}`)
})

test('every rule fires for what is wrong in Prometheus too, and for nothing else', async () => {
  const names = Object.keys(JSON.parse(shipped).rules)
  for (const name of names) expect(unitTests + trendTests).toContain(`alertname: ${name}`)
  const cwd = tempFolder({
    'prometheus-rules.yml': rulesFile,
    'tests.yml': unitTests,
    'trends.yml': trendTests,
  })
  expect(await promtool(['test', 'rules', 'tests.yml', 'trends.yml'], { cwd })).toMatchObject({ status: 0 })
}, 180_000)

test('promtool would see a threshold that is not that of the rule', async () => {
  const cwd = tempFolder({
    'prometheus-rules.yml': rulesWith({ 'storage-80': { threshold: 0.86 } }),
    'tests.yml': unitTests,
  })
  const { status, output } = await promtool(['test', 'rules', 'tests.yml'], { cwd })
  expect(status).toBe(1)
  expect(output).toContain('alertname: storage-80')
})

test('a tier and a client have thresholds of their own', async () => {
  const cwd = tempFolder({
    'prometheus-rules.yml': rulesWith({
      'storage-full': { tiers: { pro: 0.5 }, clients: { acme: 0.3 } },
    }),
    'tests.yml': JSON.stringify({
      rule_files: ['prometheus-rules.yml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            ...['acme', 'globex', 'initech'].flatMap((client) => [
              { series: `flows_db_storage_quota_bytes{client="${client}"}`, values: '100x9' },
              { series: `flows_db_storage_bytes{client="${client}", bucket="b"}`, values: '40x4 60x5' },
            ]),
            { series: 'flows_db_client_info{client="acme", tier="pro"}', values: '1x9' },
            { series: 'flows_db_client_info{client="globex", tier="pro"}', values: '1x9' },
            { series: 'flows_db_client_info{client="initech", tier="free"}', values: '1x9' },
          ],
          alert_rule_test: [
            { eval_time: '2m', alertname: 'storage-full', exp_alerts: [alertOf('acme')] },
            { eval_time: '7m', alertname: 'storage-full', exp_alerts: [alertOf('acme'), alertOf('globex')] },
          ],
        },
      ],
    }),
  })
  expect(await promtool(['test', 'rules', 'tests.yml'], { cwd })).toMatchObject({ status: 0 })
})

function alertOf(client: string) {
  return {
    exp_labels: { client, severity: 'critical' },
    exp_annotations: {
      summary: `${client} has used up its storage: uploads are refused`,
      remedy: `client:update ${client} --tier <tier>`,
    },
  }
}
