import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type Fresh, listTables, useServer, write } from './support.ts'

const fresh = useServer()
const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

type Outcome = { code: number | null; stdout: string; stderr: string }

/** Runs flows-db as its user does, in the project that has the folder of migrations. */
async function flowsDb({ url, folder }: Fresh, ...argv: string[]): Promise<Outcome> {
  const project = dirname(folder)
  write(project, { 'package.json': '{}' })
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...argv], {
    cwd: project,
    env: { PATH: process.env.PATH, DATABASE_URL: url, JWT_SECRET: 'q2V7xkJ4mZr9tLw1sYb6Nc3uHd8Pf5Ga' },
  })
  const outcome = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    outcome.stdout += data
  })
  child.stderr.on('data', (data) => {
    outcome.stderr += data
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...outcome, code })))
}

test('migrate:up applies, and says what as one JSON document', async () => {
  const place = await fresh()
  write(place.folder, { '001_initial_setup.sql': 'create table a ();' })
  const tried = await flowsDb(place, 'migrate:up', '--dry-run', '--json')
  expect(JSON.parse(tried.stdout)).toEqual({
    applied: [{ version: '001', name: 'initial_setup', durationMs: expect.any(Number) }],
    pending: [],
    dryRun: true,
  })
  expect(await listTables(place)).toEqual([])
  const done = await flowsDb(place, 'migrate:up', '--json')
  expect({ ...JSON.parse(done.stdout), code: done.code }).toMatchObject({ dryRun: false, code: 0 })
  expect(await listTables(place)).toEqual(['a'])
  const again = await flowsDb(place, 'migrate:up')
  expect(again).toEqual({ code: 0, stdout: 'Nothing to do: the database is up to date.\n', stderr: '' })
})

test('migrate:up points at the spot of a failing file on standard error', async () => {
  const place = await fresh()
  write(place.folder, { '001_initial_setup.sql': 'select\n  nope;' })
  const { code, stdout, stderr } = await flowsDb(place, 'migrate:up')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('migrations/001_initial_setup.sql, line 2, column 3: column "nope" does not exist')
  expect(stderr).toContain('\n  2 |   nope;\n    |   ^\n')
})

test('migrate:status exits with 5 while something stands in the way', async () => {
  const place = await fresh()
  write(place.folder, { '001_initial_setup.sql': 'create table a ();' })
  await flowsDb(place, 'migrate:up')
  write(place.folder, { '002_b.sql': '' })
  const pending = await flowsDb(place, 'migrate:status')
  expect(pending.code).toBe(0)
  expect(pending.stdout).toMatch(/002 +b +pending/)

  write(place.folder, { '001_initial_setup.sql': 'create table b ();' })
  const edited = await flowsDb(place, 'migrate:status', '--json')
  expect(edited.code).toBe(5)
  expect(JSON.parse(edited.stdout)).toMatchObject({
    migrations: [{ state: 'edited' }, { state: 'pending' }],
    pending: [{ version: '002', name: 'b' }],
    faults: [{ kind: 'edited', version: '001' }],
  })
  const refused = await flowsDb(place, 'migrate:up', '--json')
  expect(refused.code).toBe(5)
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'MIGRATION_EDITED' } })

  const repaired = await flowsDb(place, 'migrate:repair', '--accept', '001', '--json')
  expect(JSON.parse(repaired.stdout)).toEqual({
    version: '001',
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect((await flowsDb(place, 'migrate:status')).code).toBe(0)
})

test('migrate:new writes the next file, and wants a project with migrations of its own', async () => {
  const place = await fresh()
  const homeless = await flowsDb(place, 'migrate:new', 'add_notes')
  expect(homeless.code).toBe(2)
  expect(homeless.stderr).toContain('This project has no migrations of its own')
  write(place.folder, { '001_initial_setup.sql': '', 'migration-template.sql': '-- why\n' })
  const { stdout } = await flowsDb(place, 'migrate:new', 'add_notes', '--json')
  expect(JSON.parse(stdout)).toEqual({ file: join('migrations', '002_add_notes.sql') })
  expect(readdirSync(place.folder)).toContain('002_add_notes.sql')
  expect(readFileSync(join(place.folder, '002_add_notes.sql'), 'utf8')).toBe('-- why\n')
})

test('migrate:repair wants to know what to repair', async () => {
  const place = await fresh()
  const { code, stderr } = await flowsDb(place, 'migrate:repair')
  expect(code).toBe(2)
  expect(stderr).toContain('Give either --accept or --forget')
})
