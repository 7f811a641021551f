import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { inspect, stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { FlowsError } from '../../src/base/errors.ts'
import { exitStatus } from '../../src/cli/exit-status.ts'
import { redact } from '../../src/cli/redact.ts'
import { reportError } from '../../src/cli/report-error.ts'
import { createStyle, wantsColor } from '../../src/cli/style.ts'
import { flowsDb, programPath } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const plain = createStyle(false)
const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

test('--json prints exactly one document and --jsonl one a line', async () => {
  const cwd = tempFolder()
  const json = await flowsDb('config:show --json', { cwd })
  const lines = await flowsDb('config:show --jsonl', { cwd })
  expect([json.status, json.stderr, lines.status, lines.stderr]).toEqual([0, '', 0, ''])
  const documents = lines.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(documents).toEqual(JSON.parse(json.stdout))
  expect(documents.length).toBeGreaterThan(10)
})

test.each(['--json', '--jsonl'])('under %s an error is one document on standard error', async (flag) => {
  const { status, stdout, stderr } = await flowsDb(`config:show ${flag} --bad`, { cwd: tempFolder() })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'USAGE', message: 'there is no flag --bad', hint: 'See: config:show --help' },
  })
})

test('a setting that is wrong ends a command with status 2, its code and its next step', async () => {
  const surroundings = { cwd: tempFolder({ '.env': 'JWT_ISSUER=a\nnonsense' }) }
  const { status, stderr } = await flowsDb('config:show --json', surroundings)
  expect(status).toBe(2)
  expect(JSON.parse(stderr).error).toEqual({
    code: 'SETTING_INVALID',
    message: `${surroundings.cwd}/.env, line 2 is no NAME=value`,
    hint: 'Write NAME=value, one a line; # starts a comment.',
  })
})

test('the cause of an error is shown with --debug only', async () => {
  const cwd = tempFolder({ 'flows-db.config.json': '{' })
  const quiet = await flowsDb('config:show', { cwd })
  const loud = await flowsDb('config:show --debug', { cwd })
  expect(quiet.stderr).toMatch(/^error .*is not JSON\nhint {2}Check its syntax\.\n$/)
  expect(loud.stderr).toMatch(/is not JSON[\s\S]*\n\s+at [\s\S]*\[cause\]: SyntaxError/)
})

test('a bug is called one, ends with status 1 and keeps its stack for --debug', () => {
  const bug = new TypeError(`cannot read ${token} of ann@acme.test`)
  const options = { json: false, debug: false, style: plain }
  expect(exitStatus(bug)).toBe(1)
  expect(reportError(bug, options)).toBe(
    'error This is a bug in flows-db: cannot read [token] of [address]\n' +
      'hint  Run the command again with --debug and report what it prints.\n',
  )
  expect(reportError(bug, { ...options, debug: true })).toContain('output.test.ts')
  expect(JSON.parse(reportError(bug, { ...options, json: true })).error.code).toBe('BUG')
})

test('an error stays one JSON document whatever was typed, and carries no escapes to a terminal', () => {
  const error = new FlowsError('FILE_UNREADABLE', 'No \nann@acme.test" and no \u001b[31m or \u009b2J')
  const json = reportError(error, { json: true, debug: true, style: plain })
  expect(JSON.parse(json).error.message).toBe('No \n[address]" and no ?[31m or ?2J')
  const text = reportError(error, { json: false, debug: true, style: plain })
  expect(stripVTControlCharacters(text)).toBe(text)
})

test('every class of error has its exit status', () => {
  const statuses = (['USAGE', 'CLIENT_NOT_FOUND', 'MIGRATION_PENDING', 'CLIENT_CODE_TAKEN'] as const).map(
    (code) => exitStatus(new FlowsError(code, '')),
  )
  expect(statuses).toEqual([2, 3, 4, 5])
  expect(exitStatus(new FlowsError('MEMBER_LIMIT_REACHED', ''))).toBe(6)
  expect(exitStatus(new FlowsError('INVITATION_NOT_VALID', ''))).toBe(8)
})

test.each([
  [`token ${token}.`, 'token [token]'],
  [`"${token.slice(0, 30)}"`, '"[token]"'],
  ['Ann <ann.smith+x@acme-corp.example>', 'Ann <[address]>'],
  ['jörg@müller.example wrote', '[address] wrote'],
  ['postgres://ann:pa@ss@db.test:5432/x', 'postgres://ann:[password]@db.test:5432/x'],
  ['smtp://ann:secret@mail.test', 'smtp://ann:[password]@mail.test'],
  ['nothing to hide in flows-db 0.1.0', 'nothing to hide in flows-db 0.1.0'],
])('what must not be printed is taken out of %s', (text, expected) => {
  expect(redact(text)).toBe(expected)
})

test('what must not be printed is also taken out of causes', () => {
  const error = new FlowsError('MAIL_FAILED', 'no', { cause: new Error(`to ann@acme.test with ${token}`) })
  expect(inspect(error)).toContain('ann@acme.test')
  const text = reportError(error, { json: true, debug: true, style: plain })
  expect(text).not.toMatch(/ann@acme|eyJ/)
})

test.each([
  [true, {}, false, true],
  [false, {}, false, false],
  [true, { NO_COLOR: '1' }, false, false],
  [true, { NO_COLOR: '' }, false, true],
  [true, { TERM: 'dumb' }, false, false],
  [false, { FORCE_COLOR: '1' }, false, true],
  [true, { FORCE_COLOR: '0' }, false, false],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
  [true, { FORCE_COLOR: '1' }, true, false],
])(
  'colour with terminal=%j, environment %j and --no-color=%j: %j',
  (isTerminal, environment, refused, expected) => {
    expect(wantsColor(isTerminal, environment, refused)).toBe(expected)
  },
)

test('a pipe gets no escapes unless they are forced, and never with --no-color', async () => {
  const cwd = tempFolder()
  const forced = { cwd, environment: { FORCE_COLOR: '1' } }
  expect((await flowsDb('config:show', { cwd })).stdout).not.toContain('\u001b')
  expect((await flowsDb('config:show', forced)).stdout).toContain('\u001b[1m')
  expect((await flowsDb('config:show --no-color', forced)).stdout).not.toContain('\u001b')
})

test('a table is aligned, also around colours and letters beyond ASCII', () => {
  const style = createStyle(true)
  const table = style.table([
    ['CODE', 'NAME', 'STATUS'],
    ['acme', 'Åcme', style.green('active')],
    ['globex-long', 'Globex', 'off'],
  ])
  expect(stripVTControlCharacters(table)).toBe(
    'CODE         NAME    STATUS\nacme         Åcme    active\nglobex-long  Globex  off',
  )
})

test('a name in a table cannot steer the terminal', () => {
  expect(plain.table([['NAME'], ['\u001b]0;title\u0007a\u001b[2Jb\nc']])).toBe('NAME\n?]0;title?a?[2Jb?c')
})

test.each(['commands --json', '--help'])('a reader that goes away ends "%s" quietly', async (line) => {
  const child = spawn(process.execPath, [await programPath(), ...line.split(' ')], { cwd: tempFolder() })
  child.stdout.destroy()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(complaint).toBe('')
})

test.skipIf(!existsSync('/dev/full'))(
  'output that cannot be written is told in one line, with status 1',
  async () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const child = spawn(process.execPath, [await programPath(), 'commands'], {
      cwd: tempFolder(),
      stdio: ['ignore', full, 'pipe'],
    })
    let complaint = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString()
    })
    expect(await once(child, 'close')).toEqual([1, null])
    expect(complaint).toBe('error The output cannot be written (ENOSPC)\n')
  },
)

test('a complaint that nobody reads leaves the exit status as it is', async () => {
  const child = spawn(process.execPath, [await programPath(), 'nonsense'], { cwd: tempFolder() })
  child.stderr.destroy()
  expect(await once(child, 'close')).toEqual([2, null])
})

test('an interrupt ends a waiting command with status 130', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const child = spawn(process.execPath, [await programPath(), 'db:status'], {
    cwd: tempFolder(),
    env: { DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/x` },
    stdio: 'ignore',
  })
  const [socket] = await once(silent, 'connection')
  socket.on('error', () => undefined)
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([130, null])
})
