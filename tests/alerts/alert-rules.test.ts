import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isWrong, thresholdFor } from '../../src/alerts/alert-rule.ts'
import { parseAlertRules } from '../../src/alerts/alert-rules.ts'
import { figureNames, sayValue } from '../../src/alerts/figure.ts'
import { readAlertRules } from '../../src/alerts/read-alert-rules.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { rule } from './rules.ts'

const shipped = { name: 'shipped', text: readFileSync(packagePath('config', 'alert-rules.json'), 'utf8') }
const changed = (text: object) =>
  parseAlertRules([shipped, { name: 'alert-rules.json', text: JSON.stringify(text) }])

test('the rules that ship watch every figure, each with a next step', () => {
  const { repeat, rules } = parseAlertRules([shipped])
  expect(repeat).toBe(4 * 3_600)
  expect(new Set(rules.map(({ figure }) => figure))).toEqual(new Set(figureNames))
  expect(rules.filter(({ remedy }) => remedy === '')).toEqual([])
})

test('a project changes what it names, adds rules of its own and leaves the rest as it ships', () => {
  const before = parseAlertRules([shipped]).rules
  const { repeat, rules } = changed({
    repeat: '8h',
    rules: {
      'storage-80': { enabled: false },
      'storage-90': { clients: { acme: 0.97 }, for: '1m' },
      mine: { figure: 'usersUsed', when: 'above', threshold: 0.5, severity: 'info', summary: 's' },
    },
  })
  expect(repeat).toBe(8 * 3_600)
  expect(rules.find(({ name }) => name === 'storage-80')).toBeUndefined()
  expect(rules.find(({ name }) => name === 'storage-90')).toEqual({
    ...before.find(({ name }) => name === 'storage-90'),
    clients: { acme: 0.97 },
    patience: 60,
  })
  expect(rules.at(-1)).toMatchObject({ name: 'mine', patience: 0, remedy: '', tiers: {} })
  expect(rules).toHaveLength(before.length)
})

test("the project's own file is found beside its other configuration", () => {
  const own = JSON.stringify({ rules: { 'users-full': { enabled: false } } })
  const names = readAlertRules(tempFolder({ 'config/alert-rules.json': own })).rules.map(({ name }) => name)
  expect(names).toContain('users-80')
  expect(names).not.toContain('users-full')
  expect(readAlertRules(tempFolder())).toEqual(parseAlertRules([shipped]))
})

test.each([
  [{ rules: { 'storage-80': { treshold: 1 } } }, 'there is no setting rules.storage-80.treshold'],
  [{ rules: { 'storage-80': { threshold: 'a lot' } } }, 'rules.storage-80.threshold must be a number'],
  [{ rules: { 'storage-80': { for: '5 minutes' } } }, 'rules.storage-80.for must be a duration such as'],
  [{}, 'alert-rules.json: rules must be an object'],
])('%j is refused: %s', async (text, message) => {
  expect(await failureOf(() => changed(text))).toMatchObject({
    code: 'ALERT_RULES_INVALID',
    message: expect.stringContaining(message),
  })
})

test('a rule of a project must say all that it needs', async () => {
  const mine = { figure: 'usersUsed', when: 'above', threshold: 1, severity: 'info' }
  expect(await failureOf(() => changed({ rules: { mine } }))).toMatchObject({
    code: 'ALERT_RULES_INVALID',
    message: 'The alert rule mine has no summary',
  })
})

test("a threshold is the client's own, its tier's, or the rule's; a name like an object's own is none of them", () => {
  const given = rule({ threshold: 1, tiers: { pro: 2 }, clients: { acme: 3 } })
  expect(thresholdFor(given, 'acme', 'pro')).toBe(3)
  expect(thresholdFor(given, 'globex', 'pro')).toBe(2)
  expect(thresholdFor(given, 'constructor', 'constructor')).toBe(1)
  expect(thresholdFor(given, null, null)).toBe(1)
})

test('the threshold itself is wrong only where the rule says at least', () => {
  expect(isWrong('above', 1, 1)).toBe(false)
  expect(isWrong('atLeast', 1, 1)).toBe(true)
  expect(isWrong('below', 1, 1)).toBe(false)
})

test('values are told in the unit of their figure', () => {
  expect(sayValue('storageUsed', 0.8333)).toBe('83.3 %')
  expect(sayValue('backupAge', 93_700)).toBe('1 day')
  expect(sayValue('authFailures', 5)).toBe('5')
  expect(sayValue('slowdown', 2.345)).toBe('2.3 times')
})
