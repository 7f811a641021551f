import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dumpDatabase } from '../../src/backup/dump-database.ts'
import { connect } from '../../src/database/connect.ts'
import { plainEngines, startPlain } from '../database/platform-engines.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, url, adminUrl } = await testDatabase()
const [, debian] = plainEngines()

/** A program that says that it is pg_dump of a version, and otherwise ends with a status. */
function pretender(major: number, status: number): string {
  const folder = tempFolder({
    pg_dump: `#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) ${major}.1" && exit 0\necho half\necho "pg_dump: error: no" >&2\nexit ${status}\n`,
  })
  const program = join(folder, 'pg_dump')
  chmodSync(program, 0o755)
  return program
}

test('a pg_dump that is older than the server is refused with the next step, and nothing is written', async () => {
  const folder = tempFolder()
  const failure = await failureOf(dumpDatabase(owner, url, { folder, program: pretender(15, 0) }))
  expect(failure).toEqual({
    code: 'PG_DUMP_TOO_OLD',
    message: 'pg_dump 15 cannot dump a server of version 17, which is newer',
    hint: 'Install the client programs of PostgreSQL 17. A client alone needs none: backup:create --all',
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a machine without pg_dump is said so', async () => {
  const failure = await failureOf(
    dumpDatabase(owner, url, { folder: tempFolder(), program: '/no/such/pg_dump' }),
  )
  expect(failure).toMatchObject({
    code: 'PG_DUMP_MISSING',
    message: 'There is no pg_dump on this machine',
    hint: expect.stringContaining('Install the client programs of PostgreSQL 17'),
  })
})

test('a dump that fails half-way leaves no file', async () => {
  const folder = tempFolder()
  const failing = dumpDatabase(owner, url, { folder, program: pretender(17, 3) })
  expect(await failureOf(failing)).toMatchObject({
    code: 'PG_DUMP_FAILED',
    message: 'pg_dump ended with status 3',
  })
  expect(readdirSync(folder)).toEqual([])
})

test(
  debian === undefined
    ? 'a server of the version of pg_dump is dumped (not tried: there is no PostgreSQL 15)'
    : 'a server of the version of pg_dump is dumped whole, sealed or not, and pg_restore reads it',
  async () => {
    if (debian === undefined) return
    const server = await startPlain(debian)
    onTestFinished(() => server.stop())
    const db = await connect(server.url())
    onTestFinished(() => db.close())
    await db.script(
      'create table public.words (word text); insert into public.words values (md5(random()::text))',
    )
    const bin = debian.prepare(tempFolder(), undefined).bin
    const program = join(bin, 'pg_dump')
    const folder = tempFolder()
    const dumped = await dumpDatabase(db, server.url(), { folder, program })
    expect(dumped).toMatchObject({
      pgDump: 15,
      server: 15,
      supabase: false,
      bytes: statSync(dumped.file).size,
    })
    expect(statSync(dumped.file).mode & 0o777).toBe(0o600)
    const contents = execFileSync(join(bin, 'pg_restore'), ['--list', dumped.file]).toString()
    expect(contents).toContain('TABLE DATA public words')
    const again = await dumpDatabase(db, server.url(), {
      folder,
      program,
      passphrase: 'correct horse battery',
    })
    expect(again.file).toMatch(/database-.*\.dump\.enc$/)
    expect(existsSync(again.file)).toBe(true)
  },
)

test('no argument of pg_dump has the password, wherever the address has it', async () => {
  const folder = tempFolder({
    pg_dump: '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 17.1" && exit 0\necho "$@"\n',
  })
  const program = join(folder, 'pg_dump')
  chmodSync(program, 0o755)
  const address = new URL(url)
  const { password } = address
  address.password = ''
  address.searchParams.set('password', decodeURIComponent(password))
  for (const each of [url, address.href]) {
    const { file } = await dumpDatabase(owner, each, { folder: tempFolder(), program })
    const said = readFileSync(file, 'utf8')
    expect(said).toContain('--dbname=postgres')
    expect(said).not.toContain(password)
  }
})

test('on Supabase the hint names the backups that it makes itself', async () => {
  const admin = await connect(adminUrl)
  onTestFinished(() => admin.close())
  // Without our mark the schemas are those of Supabase.
  await admin.script('comment on schema auth is null')
  const dumping = dumpDatabase(owner, url, { folder: tempFolder(), program: '/no/such/pg_dump' })
  expect(await failureOf(dumping)).toMatchObject({
    code: 'PG_DUMP_MISSING',
    hint: expect.stringMatching(/^Supabase makes backups of the whole project: see Database, Backups/),
  })
})
