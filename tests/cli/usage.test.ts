import { expect, test } from 'vitest'
import { type Argument, command, type Flag } from '../../src/cli/command.ts'
import { parseLine } from '../../src/cli/parse.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const sample = command({
  name: 'client:sample',
  about: 'Take one flag of each kind',
  arguments: [
    { name: 'code', about: 'its code', required: true },
    { name: 'other', about: 'another' },
  ] as const satisfies readonly Argument[],
  flags: {
    'client-code': { value: 'code', required: true, about: 'a text' },
    region: { value: 'region', required: true, about: 'a choice', choices: ['EU', 'US', 'APAC'] },
    permission: { value: 'name', repeat: true, about: 'a list' },
    'expires-in': { value: 'duration', default: '7d', about: 'with a default' },
    online: { about: 'a switch' },
  } as const satisfies Record<string, Flag>,
  examples: ['client:sample', 'client:sample'],
  changes: true,
  run: async () => undefined,
  say: () => '',
})

test('a line is read into flags, arguments and the flags that all commands have', async () => {
  const words =
    'acme --client-code=a --region EU --permission read --permission write --online --json --dry-run --dotenv x'
  expect(await parseLine(sample, words.split(' '))).toEqual({
    args: ['acme', undefined],
    flags: {
      'client-code': 'a',
      region: 'EU',
      permission: ['read', 'write'],
      'expires-in': '7d',
      online: true,
    },
    common: { json: true, jsonl: false, dryRun: true, dotenv: 'x' },
  })
})

test('what is absent is undefined, false, an empty list or its default', async () => {
  const { flags, common } = await parseLine(sample, ['acme', '--client-code', 'a', '--region', 'EU'])
  expect(flags).toMatchObject({ permission: [], 'expires-in': '7d', online: false })
  expect(common).toEqual({ json: false, jsonl: false, dryRun: false, dotenv: undefined })
})

test('a word after -- is an argument', async () => {
  expect((await parseLine(sample, '--client-code a --region EU -- -x --json'.split(' '))).args).toEqual([
    '-x',
    '--json',
  ])
})

const good = ['acme', '--client-code', 'a', '--region', 'EU']

test.each([
  [[...good, '--regoin', 'EU'], 'there is no flag --regoin, did you mean --region?'],
  [[...good, '--wildly-other'], 'there is no flag --wildly-other'],
  [[...good, '-x'], 'there is no flag -x'],
  [
    ['acme', '--client-code', 'a', '--region', 'UE'],
    '--region must be one of EU, US, APAC, did you mean "EU"?',
  ],
  [['acme'], '--client-code is missing; --region is missing'],
  [['acme', '--region', 'EU', '--client-code'], '--client-code needs a value'],
  [['acme', '--client-code', '--region', 'EU'], '--client-code needs a value'],
  [good.slice(1), '<code> is missing'],
  [[...good, '--region', 'US'], '--region is given more than once'],
  [[...good, 'b', 'c'], 'it takes only 2 arguments'],
  [[...good, '--online=perhaps'], '--online takes no value'],
  [[...good, '--jsonl'], 'there is no flag --jsonl, did you mean --json?'],
])('a wrong line is refused with what is wrong: %j', async (words, message) => {
  await expect(parseLine(sample, words)).rejects.toMatchObject({
    code: 'USAGE',
    message,
    hint: 'See: client:sample --help',
  })
})

test.each([
  ['db:intit', 'There is no command "db:intit"', 'Did you mean db:init?'],
  ['confg show', 'There is no command "confg:show"', 'Did you mean config:show?'],
  ['completon --shell bash', 'There is no command "completon"', 'Did you mean completion?'],
  ['zzzzzz', 'There is no command "zzzzzz"', 'See all with: flows-db --help'],
  ['zzzzzz --help', 'There is no command "zzzzzz"', 'See all with: flows-db --help'],
  ['--since 1d config:show', 'The command must come before its own flags', 'See: flows-db --help'],
  ['--json zzzzzz', 'There is no command "zzzzzz"', 'See all with: flows-db --help'],
])('an unknown command is refused with a suggestion: %s', async (line, message, hint) => {
  const { status, stdout, stderr } = await flowsDb(`${line}`, { cwd: tempFolder() })
  const said = line.startsWith('--json')
    ? `${JSON.stringify({ error: { code: 'USAGE', message, hint } })}\n`
    : `error ${message}\nhint  ${hint}\n`
  expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: said })
})

test('a -- that a script runner hands on is dropped', async () => {
  const { status, stdout } = await flowsDb('config:show -- --json', { cwd: tempFolder() })
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toBeInstanceOf(Array)
})
