import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
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
