import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'

const cwd = mkdtempSync(join(tmpdir(), 'flows-db-verify-'))
const folder = join(cwd, '.flows-db')
const run = (line: string): Promise<Ended> => flowsDb(line, { cwd, environment: { FLOWS_DB_DIR: folder } })

beforeAll(async () => {
  chmodSync(cwd, 0o755)
  await run('client:create --client-code acme --legal-name Acme --region EU')
  const { url } = await ensureEmbedded({ folder })
  const owner = await connect(url)
  await owner.script(`
    create table public.visits (client_id uuid not null references flows.clients (id), at timestamptz default now());
    insert into public.visits select id from flows.clients`)
  await owner.close()
})
afterAll(async () => {
  await resetEmbedded({ folder })
  rmSync(cwd, { recursive: true })
})

test("a project's own table does not keep a backup from a deep look, which says what it could not see", async () => {
  expect(await run('backup:create --client acme --file a.sql')).toMatchObject({ status: 0 })
  const { status, stdout } = await run('backup:verify a.sql --deep')
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^Sound, and restored once: a.sql\n/),
  })
  expect(stdout).toContain('Tried without constraints, which only your own database has: public.visits\n')
  const told = await run('backup:verify a.sql --deep --json')
  expect(JSON.parse(told.stdout)).toMatchObject({ restored: true, unconstrained: ['public.visits'] })
})

test('a dry run of a replacement says what would be, and what of the client would be gone', async () => {
  expect(await run('backup:create --client acme --file before.sql')).toMatchObject({ status: 0 })
  const { url } = await ensureEmbedded({ folder })
  const owner = await connect(url)
  await owner.script(
    "insert into public.visits select id from flows.clients; update flows.clients set legal_name = 'Acme Ltd'",
  )
  await owner.close()
  const line = 'backup:restore before.sql --replace --dry-run'
  const { status, stdout } = await run(line)
  expect({ status, stdout: stdout.split('\n') }).toEqual({
    status: 0,
    stdout: [
      'What it would come to:',
      '',
      expect.stringMatching(/^Client acme would be what it was: \d+ rows as of /),
      'Gone would be, of what came since then: public.visits 1',
      'Put back would be, of what changed since then: flows.clients 1',
      '',
    ],
  })
  const { lost } = JSON.parse((await run(`${line} --json`)).stdout)
  expect(lost).toEqual([
    { table: 'flows.clients', gone: 0, changed: 1 },
    { table: 'public.visits', gone: 1, changed: 0 },
  ])
  const done = await run('backup:restore before.sql --replace --confirm acme')
  expect(done.stdout).toMatch(/^Client acme is what it was: \d+ rows as of /)
})

test('what is wrong with a backup is said with its file, so that a loop over a folder tells which', async () => {
  expect(await run('backup:create --client acme --file sound.sql')).toMatchObject({ status: 0 })
  writeFileSync(join(cwd, 'cut.sql'), readFileSync(join(cwd, 'sound.sql')).subarray(0, -100))
  const sound = readFileSync(join(cwd, 'sound.sql'))
  writeFileSync(join(cwd, 'short.sql'), sound.subarray(0, sound.indexOf('\n\\.\n')))
  writeFileSync(join(cwd, 'note.sql'), 'select 1;')
  for (const [file, message] of [
    ['cut.sql', 'The backup is damaged. The file is cut off'],
    ['short.sql', 'The backup is damaged. The file is cut off'],
    ['note.sql', 'The file is no backup of flows-db'],
  ]) {
    const { status, stderr } = await run(`backup:verify ${file}`)
    expect({ status, stderr }).toEqual({ status: 8, stderr: expect.stringContaining(`${file}: ${message}`) })
  }
  const { stderr } = await run('backup:verify cut.sql --deep --json')
  expect(JSON.parse(stderr).error).toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: expect.stringMatching(/^cut.sql: The backup is damaged/),
  })
})
