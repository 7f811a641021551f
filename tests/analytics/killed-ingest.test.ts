import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pause } from '../../src/base/clock.ts'
import { newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb, startFlowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { untilIdle } from '../support/until-idle.ts'
import { countedFor } from './usage.ts'

const { staff, owner, url } = await testDatabase()

const [lines, batch] = [20_000, 200]
const line = `analytics:ingest access.jsonl --batch ${batch} --json`

test('a reader that is killed at any moment, and run again, has counted every line once', async () => {
  const client = await newClient(staff)
  const cwd = tempFolder({ 'package.json': '{}' })
  const environment = { DATABASE_URL: url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }
  const outcomes = new Set<string>()
  for (const [turn, reached] of [0, 0.1, 0.4, 0.7].entries()) {
    const before = turn * lines
    const call = { client: client.clientCode, status: 200, ms: 7, at: '2025-01-15T10:00:00Z', turn }
    const log = Array.from({ length: lines }, (_, place) => `${JSON.stringify({ ...call, place })}\n`)
    writeFileSync(join(cwd, 'access.jsonl'), log.join(''))
    const { child, ended } = await startFlowsDb(line, { cwd, environment })
    while ((await countedFor(owner, client)).calls < before + reached * lines) await pause(2)
    child.kill('SIGKILL')
    await ended
    await untilIdle(owner)
    const counted = (await countedFor(owner, client)).calls - before
    expect(counted % batch).toBe(0)
    if (counted > 0 && counted < lines) outcomes.add('cut off')
    const again = await flowsDb(line, { cwd, environment })
    expect(again).toMatchObject({ status: 0 })
    expect(JSON.parse(again.stdout)).toMatchObject({ skipped: counted, recorded: lines - counted })
    expect((await countedFor(owner, client)).calls).toBe(before + lines)
  }
  expect(outcomes).toContain('cut off')
}, 300_000)
