import { expect, test } from 'vitest'
import { barrels, defaultExports, exportsWithoutPromise } from './export-rules.ts'
import {
  brokenImports,
  fileCycles,
  forbiddenImports,
  homelessFiles,
  roomCycles,
  strayQueries,
} from './import-rules.ts'
import { strayClock, strayDrivers, strayEnvironment, straySql, strayTerminal } from './place-rules.ts'
import { parseSource, readSources, type Source } from './source.ts'

type Rule = {
  promise: string
  check: (sources: readonly Source[]) => string[]
  /** Files that break the rule, and what is said about them. */
  broken: Readonly<Record<string, string>>
  says: readonly string[]
}

const rules: readonly Rule[] = [
  {
    promise: 'rooms import only what the map allows',
    check: forbiddenImports,
    broken: {
      'src/clients/a.ts': "import { b } from '../invitations/b.ts'",
      'src/audit/a.ts': "import type { S } from '../config/settings.ts'",
      'src/keys/a.ts': "const { b } = await import('../cli/b.ts')",
      'src/console/a.ts': "import { b } from '../cli/b.ts'",
      'src/index.ts': "export { b } from './console/b.ts'",
      'src/base/a.ts': "type T = import('../database/sql.ts').Sql",
      'src/health/a.ts': "import { FlowsError } from '../index.ts'",
    },
    says: [
      'src/clients/a.ts must not import src/invitations/b.ts',
      'src/audit/a.ts must not import src/config/settings.ts',
      'src/keys/a.ts must not import src/cli/b.ts',
      'src/console/a.ts must not import src/cli/b.ts',
      'src/index.ts must not import src/console/b.ts',
      'src/base/a.ts must not import src/database/sql.ts',
      'src/health/a.ts must not import src/index.ts',
    ],
  },
  {
    promise: 'every file is in a room of the map',
    check: homelessFiles,
    broken: { 'src/utils/a.ts': '', 'src/helpers.ts': '' },
    says: ['src/utils/a.ts is in no room of the map', 'src/helpers.ts is in no room of the map'],
  },
  {
    promise: 'every import leads to a file',
    check: brokenImports,
    broken: { 'src/base/a.ts': "import { b } from './b.ts'" },
    says: ['src/base/a.ts imports ./b.ts, which is not there'],
  },
  {
    promise: 'queries stay inside their room',
    check: strayQueries,
    broken: { 'src/invitations/a.ts': "import { findClient } from '../clients/clients.queries.ts'" },
    says: [
      'src/invitations/a.ts must not import src/clients/clients.queries.ts: queries stay inside their room',
    ],
  },
  {
    promise: 'no files import each other in a ring',
    check: fileCycles,
    broken: {
      'src/base/a.ts': "import { b } from './b.ts'",
      'src/base/b.ts': "import type { C } from './c.ts'",
      'src/base/c.ts': "const load = () => import('./a.ts')",
    },
    says: ['src/base/a.ts -> src/base/b.ts -> src/base/c.ts -> src/base/a.ts'],
  },
  {
    promise: 'no rooms import each other in a ring',
    check: roomCycles,
    broken: {
      'src/clients/a.ts': "import { b } from '../members/b.ts'",
      'src/members/c.ts': "import { d } from '../clients/d.ts'",
    },
    says: ['clients -> members -> clients'],
  },
  {
    promise: 'SQL text is in *.queries.ts and database/ only',
    check: straySql,
    broken: {
      'src/clients/a.ts': 'const one = sql`select 1`',
      'src/clients/b.ts': "await db.script('delete from flows.clients')",
      'src/cli/c.ts': `const text = \`update flows.clients set status = \${status}\``,
    },
    says: ['src/clients/a.ts:1', 'src/clients/b.ts:1', 'src/cli/c.ts:1'].map(
      (at) => `${at}: SQL text belongs into *.queries.ts`,
    ),
  },
  {
    promise: 'the driver is imported in database/ only',
    check: strayDrivers,
    broken: {
      'src/clients/a.ts': "import pg from 'pg'",
      'src/backup/b.ts': "import { to } from 'pg-copy-streams'",
    },
    says: [
      'src/clients/a.ts must not import pg: the driver stays in database/',
      'src/backup/b.ts must not import pg-copy-streams: the driver stays in database/',
    ],
  },
  {
    promise: 'the environment is read in config/ only',
    check: strayEnvironment,
    broken: { 'src/cli/a.ts': 'const home = process.env.HOME', 'src/cli/b.ts': 'const { env } = process' },
    says: ['src/cli/a.ts:1', 'src/cli/b.ts:1'].map((at) => `${at}: the environment is read in config/ only`),
  },
  {
    promise: 'the terminal and the exit belong to cli/',
    check: strayTerminal,
    broken: {
      'src/clients/a.ts': 'process.exit(1)',
      'src/clients/b.ts': "process.stdout.write('done')",
      'src/console/c.ts': "console.log('ready')",
    },
    says: ['src/clients/a.ts:1', 'src/clients/b.ts:1', 'src/console/c.ts:1'].map(
      (at) => `${at}: the terminal and the exit belong to cli/`,
    ),
  },
  {
    promise: 'the time comes from base/clock.ts',
    check: strayClock,
    broken: {
      'src/clients/a.ts': 'const now = new Date()',
      'src/clients/b.ts': 'const now = Date.now()',
      'src/clients/c.ts': 'const now = performance.now()',
    },
    says: ['src/clients/a.ts:1', 'src/clients/b.ts:1', 'src/clients/c.ts:1'].map(
      (at) => `${at}: the time comes from base/clock.ts`,
    ),
  },
  {
    promise: 'every export has a sentence of JSDoc',
    check: exportsWithoutPromise,
    broken: { 'src/base/a.ts': 'export const one = 1\n// not a promise\nexport function two() {}' },
    says: ['src/base/a.ts:1', 'src/base/a.ts:3'].map((at) => `${at}: an export needs a sentence of JSDoc`),
  },
  {
    promise: 'only the public surface hands on exports',
    check: barrels,
    broken: { 'src/base/a.ts': "export { b } from './b.ts'", 'src/index.ts': "export * from './base/a.ts'" },
    says: ['src/base/a.ts:1', 'src/index.ts:1'].map(
      (at) => `${at}: only src/index.ts hands on exports, each by name`,
    ),
  },
  {
    promise: 'exports have names',
    check: defaultExports,
    broken: {
      'src/base/a.ts': 'export default 1',
      'src/base/b.ts': 'export default function b() {}',
      'src/base/c.ts': 'const c = 1\nexport { c as default }',
    },
    says: ['src/base/a.ts:1', 'src/base/b.ts:1', 'src/base/c.ts:2'].map(
      (at) => `${at}: exports have names, there is no default`,
    ),
  },
]

const sources = readSources()

test('the source is found', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(sources.map(({ path }) => path)).toContain('src/base/errors.ts')
})

for (const { promise, check, broken, says } of rules) {
  test(promise, () => {
    expect(check(sources)).toEqual([])
  })

  test(`a break is seen: ${promise}`, () => {
    const files = Object.entries(broken).map(([path, text]) => parseSource(path, text))
    expect(check(files)).toEqual(says)
  })
}
