import { expect, test } from 'vitest'
import { commandFirst, helpRequest, matchName } from '../../src/cli/words.ts'

const known = new Set(['client:create', 'db:init', 'db:init:dev', 'doctor'])
const match = (line: string) => matchName(line.split(' '), (name) => known.has(name))

test.each([
  ['client:create --region EU', { name: 'client:create', rest: ['--region', 'EU'] }],
  ['client create acme', { name: 'client:create', rest: ['acme'] }],
  ['db init', { name: 'db:init', rest: [] }],
  ['db init dev', { name: 'db:init:dev', rest: [] }],
  ['db:init dev', { name: 'db:init:dev', rest: [] }],
  ['doctor x', { name: 'doctor', rest: ['x'] }],
  ['doctor -- --json', { name: 'doctor', rest: ['--json'] }],
  ['doctor x -- -y', { name: 'doctor', rest: ['x', '--', '-y'] }],
  ['client', undefined],
  ['--json client create', undefined],
])('the command is found in: %s', (line, expected) => {
  expect(match(line)).toEqual(expected)
})

test.each([
  [[], []],
  [['help'], []],
  [
    ['help', 'client', 'create'],
    ['client', 'create'],
  ],
  [['client:create', '--help'], ['client:create']],
  [
    ['client', 'create', '--region', 'EU', '-h'],
    ['client', 'create'],
  ],
  [['client:create', '--', '--help'], ['client:create']],
  [['--', 'doctor', '--help'], ['doctor']],
  [['--help'], []],
  [['client:status', 'acme'], undefined],
  [['invitation:validate', '--token-file', 'x', '--', '--help'], undefined],
])('help is asked for by %j: %j', (argv, expected) => {
  expect(helpRequest(argv)).toEqual(expected)
})

test.each([
  ['--json client:list', 'client:list --json'],
  ['--dotenv a.env --debug client list --limit 3', 'client list --dotenv a.env --debug --limit 3'],
  ['--dotenv=a.env client:status acme', 'client:status acme --dotenv=a.env'],
  ['--json client:create --help', 'client:create --json --help'],
  ['client:list --json', 'client:list --json'],
  ['--limit 3 client:list', '--limit 3 client:list'],
  ['--json', '--json'],
  ['--dotenv', '--dotenv'],
  ['--help', '--help'],
])('flags of all commands before the command: %s reads %s', (line, expected) => {
  expect(commandFirst(line.split(' ')).join(' ')).toBe(expected)
})
