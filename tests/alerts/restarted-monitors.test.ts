import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { packagePath } from '../../src/base/package-folder.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'
import { mailServer } from '../support/mail-server.ts'
import { httpReceiver } from './receiver.ts'
import { expectedKinds, minuteOf, type SimulatedMonitor, simulatedNow, wrongTimes } from './simulated-day.ts'

const { owner, staff, url } = await testDatabase()
const restarts = 20
const speed = 960

/** The monitor in one file, which starts several times faster. */
async function bundledChild(): Promise<string> {
  const folder = packagePath('node_modules', '.cache', `alerts-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'monitor-child.mjs')
  await build({
    entryPoints: [packagePath('tests', 'alerts', 'monitor-child.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.12',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
    },
  })
  return outfile
}

async function startMonitor(program: string, given: SimulatedMonitor): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function waiting(): Promise<{ count: number }> {
  return staff.one(sql`
    select count(*) from flows_private.alert_notifications where delivered_at is null`)
}

/** The messages that there were for a channel, in order. */
function outbox(channel: string) {
  return staff.many<{
    id: string
    message: { at: string; notices: { kind: string; clientCode: string }[] }
  }>(sql`
    select id, message from flows_private.alert_notifications
    where channel = ${channel}
    order by created_at, id`)
}

/** The first time that each key came. */
function firstOf<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item> {
  const first = new Map<string, Item>()
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item)
  return first
}

test('over a day with two monitors, killed or stopped 20 times, every message arrives, each under one key', async () => {
  await owner.script(`
    create table flows_private.test_marks (at timestamptz not null);
    grant select, insert on flows_private.test_marks to flows_staff;`)
  const receiver = await httpReceiver()
  onTestFinished(() => receiver.close())
  const mails = await mailServer()
  const program = await bundledChild()
  const given: SimulatedMonitor = {
    databaseUrl: url,
    beganAt: Date.now(),
    speed,
    webhookUrl: receiver.url,
    smtpUrl: mails.url,
    secret: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe',
  }
  const monitors = [await startMonitor(program, given), await startMonitor(program, given)]
  const dayInMilliseconds = 86_400_000 / speed
  for (let count = 0; count < restarts; count += 1) {
    const next = given.beganAt + ((count + 0.3 + 0.6 * Math.random()) * dayInMilliseconds) / restarts
    await pause(Math.max(0, next - Date.now()))
    // The receiver has its bad moments too.
    receiver.answer.status = count % 5 === 2 ? 503 : 200
    const turn = count % 2
    const monitor = monitors[turn]
    if (monitor !== undefined) await end(monitor, count % 4 === 3 ? 'SIGTERM' : 'SIGKILL')
    monitors[turn] = await startMonitor(program, given)
  }
  receiver.answer.status = 200
  while (minuteOf(simulatedNow(given)) < 24 * 60 || (await waiting()).count > 0) await pause(100)
  for (const monitor of monitors) await end(monitor, 'SIGTERM')

  // Nothing lost, and nothing that was never written: the keys that came are those of the outbox.
  const sent = await outbox('webhook')
  const came = firstOf(receiver.received, ({ headers }) => String(headers['idempotency-key']))
  expect([...came.keys()].sort()).toEqual(sent.map(({ id }) => id).sort())
  const mailed = firstOf(mails.received, ({ source }) => /^Message-ID: <([^@]+)@/m.exec(source)?.[1] ?? '')
  expect([...mailed.keys()].sort()).toEqual((await outbox('email')).map(({ id }) => id).sort())

  // Nothing told twice, and all of it in its order.
  const notices = [...came.values()].flatMap(({ body }) => JSON.parse(body).notices)
  for (const client of Object.keys(wrongTimes)) {
    const kinds = notices.filter(({ clientCode }) => clientCode === client).map(({ kind }) => kind)
    expect({ client, kinds }).toEqual({ client, kinds: expectedKinds(client) })
  }

  // The hourly job ran once an hour, whoever led.
  const marks = await staff.many<{ hour: string; runs: number }>(sql`
    select to_char(at at time zone 'UTC', 'DD HH24') as hour, count(*) as runs
    from flows_private.test_marks group by hour order by hour`)
  expect(marks.filter(({ runs }) => runs > 1)).toEqual([])
  expect(marks.length).toBeGreaterThan(20)
}, 400_000)
