import * as z from 'zod/mini'
import { parseDuration } from '../base/duration.ts'
import { FlowsError } from '../base/errors.ts'
import { parseShape } from '../base/json-shape.ts'
import { type AlertRule, type AlertRules, severities, sides } from './alert-rule.ts'
import { figureNames } from './figure.ts'

const duration = z
  .string('must be a text')
  .check(z.regex(/^[1-9][0-9]{0,6}[smhdw]$/, 'must be a duration such as 90s, 30m, 12h or 7d'))
const sentence = z.string('must be a text').check(z.minLength(1, 'must not be empty'), z.maxLength(300))
const thresholds = z.record(
  z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be a code of lower-case letters and digits')),
  z.number('must be a number'),
)

const ruleShape = z.strictObject(
  {
    figure: z.optional(z.enum(figureNames)).check(z.describe('what is watched')),
    when: z.optional(z.enum(sides)).check(z.describe('on which side of the threshold it is wrong')),
    threshold: z
      .optional(z.number('must be a number'))
      .check(z.describe('in seconds for times, from 0 to 1 for parts')),
    tiers: z
      .optional(thresholds)
      .check(z.describe('other thresholds for the clients of a tier, by its name')),
    clients: z.optional(thresholds).check(z.describe('other thresholds for single clients, by their code')),
    for: z.optional(duration).check(z.describe('how long it must be true before anybody is told')),
    severity: z.optional(z.enum(severities)),
    summary: z
      .optional(sentence)
      .check(z.describe('what is wrong; {client}, {value}, {threshold} are filled')),
    remedy: z.optional(sentence).check(z.describe('the next step; {client} is filled')),
    enabled: z.optional(z.boolean('must be true or false')).check(z.describe('false switches the rule off')),
  },
  'must be an object',
)

/** The shape of alert-rules.json: rules by name. What a project leaves out of a rule stays as it ships. */
export const alertRulesShape = z.strictObject(
  {
    $schema: z.optional(z.string('must be a text')),
    repeat: z
      .optional(duration)
      .check(z.describe('after how long a firing alert is told of again; 4h if left out')),
    rules: z.record(
      z
        .string()
        .check(
          z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be named with lower-case letters, digits and dashes'),
          z.maxLength(50),
        ),
      ruleShape,
      'must be an object',
    ),
  },
  'must be an object with rules',
)

type RuleText = z.infer<typeof ruleShape>
type RulesText = z.infer<typeof alertRulesShape>

/** Reads texts of alert-rules.json, each changing the ones before; throws ALERT_RULES_INVALID. */
export function parseAlertRules(sources: readonly { name: string; text: string }[]): AlertRules {
  const hint = 'A rule looks like {"figure": "storageUsed", "when": "atLeast", "threshold": 0.8, ...}'
  const layers = sources.map(({ name, text }) => {
    const layer: RulesText = parseShape(alertRulesShape, text, { name, code: 'ALERT_RULES_INVALID', hint })
    return layer
  })
  const merged = new Map<string, RuleText>()
  for (const { rules } of layers) {
    for (const [name, rule] of Object.entries(rules)) {
      const before = merged.get(name)
      merged.set(name, {
        ...before,
        ...rule,
        tiers: { ...before?.tiers, ...rule.tiers },
        clients: { ...before?.clients, ...rule.clients },
      })
    }
  }
  const repeat = layers.findLast((layer) => layer.repeat !== undefined)?.repeat ?? '4h'
  return {
    repeat: parseDuration(repeat),
    rules: [...merged]
      .filter(([, rule]) => rule.enabled !== false)
      .map(([name, rule]) => complete(name, rule)),
  }
}

function complete(name: string, rule: RuleText): AlertRule {
  const { figure, when, threshold, severity, summary } = rule
  const missing = Object.entries({ figure, when, threshold, severity, summary }).find(
    ([, value]) => value === undefined,
  )
  if (
    figure === undefined ||
    when === undefined ||
    threshold === undefined ||
    severity === undefined ||
    summary === undefined
  ) {
    throw new FlowsError('ALERT_RULES_INVALID', `The alert rule ${name} has no ${missing?.[0]}`, {
      hint: 'A rule that does not ship with flows-db says figure, when, threshold, severity and summary.',
    })
  }
  return {
    name,
    figure,
    when,
    threshold,
    severity,
    summary,
    tiers: rule.tiers ?? {},
    clients: rule.clients ?? {},
    patience: rule.for === undefined ? 0 : parseDuration(rule.for),
    remedy: rule.remedy ?? '',
  }
}
