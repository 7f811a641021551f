import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { pause } from '../../src/base/clock.ts'
import { askLine } from '../../src/cli/ask-line.ts'
import { exitStatus } from '../../src/cli/exit-status.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { listClients } from '../../src/clients/list-clients.ts'
import { connect } from '../../src/database/connect.ts'
import { sql } from '../../src/database/sql.ts'
import { backUp, populatedClient, projectTable } from '../backup/populated.ts'
import { jwtSecret, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { type Ended, programPath } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, url } = await testDatabase()
await owner.script(projectTable)
const environment = {
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
  DATABASE_URL: url,
}

/** Starts a command, and promises how it ends. */
async function start(line: string, cwd: string): Promise<{ child: ChildProcess; end: Promise<Ended> }> {
  const child = spawn(process.execPath, [await programPath(), ...line.split(' ')], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, ...environment },
  })
  const ended: Ended = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ended.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    ended.stderr += chunk.toString()
  })
  return {
    child,
    end: new Promise((resolve) => child.on('close', (status) => resolve({ ...ended, status }))),
  }
}

/** Runs a command while a table is locked, and interrupts it when it waits for that table and is in the middle. */
async function interrupted(
  line: string,
  { cwd, signal, isInTheMiddle }: { cwd: string; signal: NodeJS.Signals; isInTheMiddle: () => boolean },
): Promise<Ended> {
  const holder = await connect(url)
  try {
    return await holder.transaction(async (tx) => {
      await tx.run(sql`lock table public.no_key in access exclusive mode`)
      const { child, end } = await start(line, cwd)
      while (child.exitCode === null && !(isInTheMiddle() && (await isAnybodyWaiting()))) await pause(20)
      child.kill(signal)
      return end
    })
  } finally {
    await holder.close()
  }
}

async function isAnybodyWaiting(): Promise<boolean> {
  const { waiting } = await owner.one<{ waiting: boolean }>(sql`
    select exists (
      select from pg_catalog.pg_locks l
      where not l.granted and l.relation = 'public.no_key'::regclass) as waiting`)
  return waiting
}

function folderIn(cwd: string): { folder: string; hasDraft: () => boolean } {
  const folder = join(cwd, 'out')
  mkdirSync(folder)
  return { folder, hasDraft: () => readdirSync(folder).some((name) => name.endsWith('.part')) }
}

test.each([
  ['backup:create', 'SIGINT', 130],
  ['backup:create', 'SIGTERM', 143],
  ['privacy:export', 'SIGINT', 130],
] as const)(
  '%s removes its draft when %s ends it, and says that nothing was written',
  async (name, signal, wanted) => {
    const { clientCode } = await populatedClient(owner)
    const cwd = tempFolder()
    const { folder, hasDraft } = folderIn(cwd)
    const line = `${name} --client ${clientCode} --to out`
    const { status, stdout, stderr } = await interrupted(line, { cwd, signal, isInTheMiddle: hasDraft })
    expect({ status, stdout, stderr, files: readdirSync(folder) }).toEqual({
      status: wanted,
      stdout: '',
      stderr: 'error Interrupted; nothing was written\n',
      files: [],
    })
  },
)

test('a run over all clients says how many of them are backed up when it is interrupted', async () => {
  for (let count = 0; count < 12; count += 1) await populatedClient(owner)
  const cwd = tempFolder()
  const { folder } = folderIn(cwd)
  const whole = () => readdirSync(folder).filter((name) => name.endsWith('.sql')).length
  const { child, end } = await start('backup:create --all --to out --json', cwd)
  while (child.exitCode === null && whole() === 0) await pause(10)
  const holder = await connect(url)
  onTestFinished(() => holder.close())
  const { status, stderr } = await holder.transaction(async (tx) => {
    await tx.run(sql`lock table public.no_key in access exclusive mode`)
    while (child.exitCode === null && !(await isAnybodyWaiting())) await pause(20)
    child.kill('SIGTERM')
    return end
  })
  const clients = (await listClients(owner, { limit: 100 })).length
  expect(whole()).toBeLessThan(clients)
  expect({ status, message: JSON.parse(stderr).error.message, left: readdirSync(folder).length }).toEqual({
    status: 143,
    message: `Interrupted; ${whole()} of ${clients} clients backed up: run it again`,
    left: whole(),
  })
})

test('under --json an interruption is told as an error of its own', async () => {
  const { clientCode } = await populatedClient(owner)
  const cwd = tempFolder()
  const { hasDraft } = folderIn(cwd)
  const line = `backup:create --client ${clientCode} --to out --json`
  const { status, stderr } = await interrupted(line, { cwd, signal: 'SIGINT', isInTheMiddle: hasDraft })
  expect({ status, ...JSON.parse(stderr) }).toEqual({
    status: 130,
    error: { code: 'INTERRUPTED', message: 'Interrupted; nothing was written', hint: null },
  })
})

test('a restore that is interrupted says that nothing was changed, and so it is', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const cwd = tempFolder()
  const { status, stderr } = await interrupted(`backup:restore ${file} --as again-${client.clientCode}`, {
    cwd,
    signal: 'SIGTERM',
    isInTheMiddle: () => true,
  })
  expect({ status, stderr }).toEqual({ status: 143, stderr: 'error Interrupted; nothing was changed\n' })
  expect(await findClient(owner, `again-${client.clientCode}`)).toBeUndefined()
})

test('an erasure that is interrupted before its end says that nothing was erased', async () => {
  const { clientCode } = await populatedClient(owner)
  const cwd = tempFolder()
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --no-backup --certificate out/c.json`
  const { folder, hasDraft } = folderIn(cwd)
  const { status, stderr } = await interrupted(line, { cwd, signal: 'SIGINT', isInTheMiddle: hasDraft })
  expect({ status, stderr, files: readdirSync(folder) }).toEqual({
    status: 130,
    stderr: 'error Interrupted; nothing was erased\n',
    files: [],
  })
  expect(await findClient(owner, clientCode)).toBeDefined()
})

test('an erasure that is interrupted when the rows are gone says so, and what finishes it', async () => {
  const { clientCode } = await populatedClient(owner)
  const older = await connect(url)
  onTestFinished(() => older.close())
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --no-backup`
  const { status, stderr } = await older.transaction(async (tx) => {
    // A transaction with a number of its own, which is older than the erasure: the command waits for its end.
    await tx.run(sql`select pg_current_xact_id()`)
    const { child, end } = await start(line, tempFolder())
    while (child.exitCode === null && (await findClient(owner, clientCode)) !== undefined) await pause(20)
    await pause(300)
    child.kill('SIGINT')
    return end
  })
  expect({ status, stderr }).toEqual({
    status: 130,
    stderr: `error Interrupted; client ${clientCode} IS erased; finish it with: privacy:erase --client ${clientCode}\n`,
  })
})

test('who is interrupted in the moment of a commit is told to look', async () => {
  await owner.script(`
    create function public.slowly() returns trigger language plpgsql as
      $$ begin perform pg_sleep(3); return null; end $$;
    create constraint trigger slowly after insert on flows.clients deferrable initially deferred
      for each row execute function public.slowly()`)
  onTestFinished(() => owner.script('drop trigger slowly on flows.clients; drop function public.slowly()'))
  const { child, end } = await start(
    'client:create --client-code slow --legal-name Slow --region EU',
    tempFolder(),
  )
  const isCommitting = async () =>
    (
      await owner.one<{ found: boolean }>(sql`
        select exists (
          select from pg_catalog.pg_stat_activity
          where datname = current_database() and state = 'active' and query = 'commit') as found`)
    ).found
  while (child.exitCode === null && !(await isCommitting())) await pause(20)
  child.kill('SIGINT')
  const { status, stderr } = await end
  expect({ status, stderr }).toEqual({
    status: 130,
    stderr:
      'error Interrupted; what was not finished is taken back, unless the last step was just being committed: look\n',
  })
})

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-C after some letters', 'ac\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s at a question is an interruption and no bug', async (_, keys) => {
  const input = new PassThrough()
  const output = new PassThrough()
  const answer = askLine('Type acme to go on: ', { input, output })
  input.write(keys)
  expect(await failureOf(answer)).toMatchObject({
    code: 'INTERRUPTED',
    message: 'Interrupted; nothing was changed',
  })
  expect(await answer.catch(exitStatus)).toBe(130)
})

test('a question at a terminal gives the line that was typed', async () => {
  const input = new PassThrough()
  const output = new PassThrough()
  const answer = askLine('Type acme to go on: ', { input, output })
  input.write('acme\r')
  expect(await answer).toBe('acme')
  expect(String(output.read())).toContain('Type acme to go on: ')
})

test('a secret is not shown while it is typed', async () => {
  const input = new PassThrough()
  const output = new PassThrough()
  const answer = askLine('Passphrase (not shown): ', { input, output, hidden: true })
  input.write('correct horse\r')
  expect(await answer).toBe('correct horse')
  expect(String(output.read())).toBe('Passphrase (not shown): \n')
})
