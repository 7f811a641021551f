import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../src/cli/session.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { readSettings } from '../../src/config/read-settings.ts'
import { connect } from '../../src/database/connect.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { openAsStaff } from '../../src/database/open.ts'
import { sql } from '../../src/database/sql.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'

const database = await testDatabase()

/** A terminal that answers questions with `typed`, holds `input`, and remembers what it was told. */
function terminal(given: { typed?: string; input?: string } = {}): Terminal & { told: string[] } {
  const told: string[] = []
  const tell = async (text: string) => void told.push(text)
  const isTerminal = given.typed !== undefined
  return {
    told,
    isOutputTerminal: isTerminal,
    isErrorTerminal: isTerminal,
    isInputTerminal: isTerminal,
    print: tell,
    complain: tell,
    ask: async (question) => {
      told.push(question)
      return given.typed ?? ''
    },
    askSecret: async (question) => {
      told.push(question)
      return given.typed ?? ''
    },
    readInput: async () => given.input ?? '',
  }
}

function session(
  options: { databaseUrl?: string; dryRun?: boolean; json?: boolean; terminal?: Terminal } = {},
) {
  const folder = tempFolder({
    'package.json': '{}',
    'named.env': `DATABASE_URL=${options.databaseUrl ?? database.url}`,
  })
  const opened = openSession(
    {
      json: options.json ?? false,
      jsonl: false,
      dryRun: options.dryRun ?? false,
      dotenv: join(folder, 'named.env'),
    },
    options.terminal ?? terminal(),
  )
  onTestFinished(() => opened.close())
  return opened
}

async function copyOf(template: string): Promise<string> {
  const { url, drop } = await makeDatabase(template)
  onTestFinished(drop)
  return url
}

test('commands work as staff, and the owner is the migrating role', async () => {
  const { database: staff, owner } = session()
  const who = sql`select current_user::text as name, session_user::text as login`
  expect(await (await staff()).one(who)).toEqual({ name: 'flows_staff', login: 'postgres' })
  expect(await (await owner()).one(who)).toEqual({ name: 'postgres', login: 'postgres' })
})

test('a change stays, and under --dry-run it is taken back with its result told', async () => {
  await database.owner.script(`
    create table public.counter (value integer not null);
    grant select, insert on public.counter to flows_staff`)
  const change = (dryRun: boolean) =>
    session({ dryRun }).change(async (tx) => {
      await tx.run(sql`insert into public.counter values (1)`)
      return tx.one(sql`select count(*) as rows from public.counter`)
    })
  const now = () => database.owner.one(sql`select count(*) as rows from public.counter`)
  expect(await change(true)).toEqual({ rows: 1 })
  expect(await now()).toEqual({ rows: 0 })
  expect(await change(false)).toEqual({ rows: 1 })
  expect(await now()).toEqual({ rows: 1 })
})

test('a change that fails under --dry-run tells its own error', async () => {
  const failing = session({ dryRun: true }).change(async (tx) => {
    await tx.run(sql`select 1 / 0`)
  })
  await expect(failing).rejects.toThrow('division by zero')
})

test('a given database that is not set up is refused with the next step', async () => {
  const databaseUrl = await copyOf('template0')
  await expect(session({ databaseUrl }).database()).rejects.toMatchObject({
    code: 'MIGRATION_PENDING',
    message: expect.stringMatching(/ is not set up for flows-db yet$/),
    hint: 'Run: db:init',
  })
})

test('a database that lacks a migration, or has one that this program lacks, is refused', async () => {
  const databaseUrl = await copyOf(templateName)
  const owner = await connect(databaseUrl)
  onTestFinished(() => owner.close())
  await owner.run(sql`insert into supabase_migrations.schema_migrations (version) values ('999')`)
  await expect(session({ databaseUrl }).database()).rejects.toMatchObject({
    code: 'DATABASE_NEWER',
    message: expect.stringMatching(/ is newer than this program$/),
  })
  await owner.run(sql`delete from supabase_migrations.schema_migrations where version in ('002', '999')`)
  await expect(session({ databaseUrl }).database()).rejects.toMatchObject({
    code: 'MIGRATION_PENDING',
    message: expect.stringMatching(/ lacks migrations of this program$/),
    hint: 'Run: migrate:up (migrate:status lists them)',
  })
})

test('the embedded server of a new project is started and set up by the first command', async () => {
  const folder = tempFolder({ 'package.json': '{}' })
  chmodSync(folder, 0o755)
  const settings = readSettings({ cwd: folder, environment: {} })
  onTestFinished(async () => void (await stopEmbedded({ folder: settings.embeddedFolder })))
  const first = await Promise.all([openAsStaff(settings), openAsStaff(settings), openAsStaff(settings)])
  for (const staff of first) {
    expect(await staff.one(sql`select count(*) as clients from flows.clients`)).toEqual({ clients: 0 })
    await staff.close()
  }
})

test('what is confirmed must be the code itself, typed or given', async () => {
  const refused = { code: 'CONFIRMATION_REQUIRED', hint: 'Confirm with: --confirm acme' }
  const confirm = (given: string | undefined, at: Terminal, json = false) =>
    session({ terminal: at, json }).confirm('acme', given, 'Client acme will be deactivated.')
  await expect(confirm('acme', terminal())).resolves.toBeUndefined()
  await expect(confirm('acm', terminal({ typed: 'acme' }))).rejects.toMatchObject({
    ...refused,
    message: 'What was typed is not the code; nothing was done',
  })
  await expect(confirm(undefined, terminal())).rejects.toMatchObject({
    ...refused,
    message: 'Client acme will be deactivated. This must be confirmed.',
  })
  const asked = terminal({ typed: 'acme' })
  await expect(confirm(undefined, asked)).resolves.toBeUndefined()
  expect(asked.told).toEqual(['Client acme will be deactivated.\nType acme to go on: '])
  await expect(confirm(undefined, terminal({ typed: 'yes' }))).rejects.toMatchObject(refused)
  await expect(confirm(undefined, terminal({ typed: 'acme' }), true)).rejects.toMatchObject(refused)
})

test('a secret text comes from a file or from standard input, without the blanks around it', async () => {
  const folder = tempFolder({ 'token.txt': ' abc\n' })
  expect(await session().readText(join(folder, 'token.txt'))).toBe('abc')
  expect(await session({ terminal: terminal({ input: 'def\n' }) }).readText(undefined)).toBe('def')
  expect(await session({ terminal: terminal({ typed: '', input: 'ghi\n' }) }).readText('-')).toBe('ghi')
  await expect(session().readText(join(folder, 'none.txt'))).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: `The file ${join(folder, 'none.txt')} cannot be read`,
  })
  const nothing = { code: 'USAGE', message: 'There is nothing to read' }
  for (const at of [terminal({ typed: '' }), terminal({ input: '\n' })]) {
    await expect(session({ terminal: at }).readText(undefined)).rejects.toMatchObject(nothing)
  }
})

test('a secret is asked for at a terminal, and read from standard input where there is none', async () => {
  const asked = terminal({ typed: 'a long passphrase' })
  expect(await session({ terminal: asked }).readSecret('Passphrase (not shown): ')).toBe('a long passphrase')
  expect(asked.told).toEqual(['Passphrase (not shown): '])
  const piped = terminal({ input: 'another passphrase\n' })
  expect(await session({ terminal: piped }).readSecret('Passphrase (not shown): ')).toBe('another passphrase')
  expect(piped.told).toEqual([])
})

test('progress is told on a terminal only and never under --json, a warning always', () => {
  const tell = (at: ReturnType<typeof terminal>, json: boolean) => {
    const { progress, warn } = session({ terminal: at, json })
    progress('working')
    warn('careful')
    return at.told
  }
  expect(tell(terminal({ typed: '' }), false)).toEqual(['working\n', 'warning careful\n'])
  expect(tell(terminal(), false)).toEqual(['warning careful\n'])
  expect(tell(terminal({ typed: '' }), true)).toEqual(['{"warning":"careful"}\n'])
})
