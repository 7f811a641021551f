import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/database/connect.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { sql } from '../../src/database/sql.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'

const cwd = mkdtempSync(join(tmpdir(), 'flows-db-backup-'))
const folder = join(cwd, '.flows-db')
const run = (line: string, input = ''): Promise<Ended> =>
  flowsDb(line, { cwd, environment: { FLOWS_DB_DIR: folder }, input })

beforeAll(async () => {
  chmodSync(cwd, 0o755)
  expect(await run('client:create --client-code acme --legal-name Acme --region EU')).toMatchObject({
    status: 0,
  })
})
afterAll(async () => {
  await resetEmbedded({ folder })
  rmSync(cwd, { recursive: true })
})

test('a backup is made, listed, verified, restored deep and in earnest, and leaves no scratch database', async () => {
  const { stdout } = await run('backup:create --client acme --json')
  const made = JSON.parse(stdout)
  expect(Object.keys(made)).toEqual([
    'file',
    'clientCode',
    'snapshotAt',
    'withKeys',
    'seal',
    'tables',
    'rows',
    'bytes',
    'digest',
  ])
  const listed = await run('backup:list --json')
  expect(JSON.parse(listed.stdout)).toMatchObject([
    {
      file: made.file,
      snapshotAt: made.snapshotAt,
      clientCode: 'acme',
      state: 'readable',
      bytes: made.bytes,
    },
  ])
  const verified = await run(`backup:verify ${made.file} --deep --json`)
  expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'sound', restored: true, digest: made.digest })
  const { adminUrl } = await ensureEmbedded({ folder })
  const admin = await connect(adminUrl)
  expect(await admin.many(sql`select from pg_database where datname like 'flows_scratch_%'`)).toEqual([])
  await admin.close()
  const restored = await run(`backup:restore ${made.file} --replace --confirm acme --json`)
  expect(JSON.parse(restored.stdout)).toMatchObject({ mode: 'replaced', clientCode: 'acme' })
  const before = JSON.parse(restored.stdout).backupBefore.slice(cwd.length + 1)
  expect(before).toMatch(/^before-restore-acme-/)
  expect(readdirSync(cwd)).toContain(before)
})

test('where no backup can be written beside the file, nothing is replaced and the way without one is told', async () => {
  const { stdout } = await run('backup:create --client acme --to unwritable --json')
  const handle = openSync(JSON.parse(stdout).file, 'r')
  // A folder in which nobody may make a file, whoever runs this.
  const file = `/proc/${process.pid}/fd/${handle}`
  const { status, stderr } = await run(`backup:restore ${file} --replace --confirm acme --json`)
  const { error } = JSON.parse(stderr)
  expect({ status, code: error.code }).toEqual({ status: 1, code: 'FILE_UNWRITABLE' })
  expect(error.message).toContain(
    'The backup of what client "acme" is now cannot be written beside the file.',
  )
  expect(error.hint).toMatch(/^Nothing was changed\..*--no-backup$/)
  const without = await run(`backup:restore ${file} --replace --confirm acme --no-backup --json`)
  expect(JSON.parse(without.stdout)).toMatchObject({ mode: 'replaced', backupBefore: null })
  closeSync(handle)
})

test('what was made is told with what is not in it and the next step, and what was deleted by name', async () => {
  const made = await run('backup:create --client acme --to told')
  const [file = '', , next] = made.stdout.split('\n')
  expect(next).toBe(`Without keys; check it with: backup:verify ${file}`)
  const again = await run(
    'backup:create --client acme --to told --with-keys --passphrase-file -',
    'correct horse battery',
  )
  expect(again.stdout).toMatch(
    /\nWith keys, sealed; check it with: backup:verify .*\.enc --passphrase-file <path>\n$/,
  )
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const third = await run('backup:create --client acme --to told --keep 1s')
  expect(third.stdout).toContain(`deleted  ${file}\n`)
  expect(third.stdout).toContain('1 backed up, 0 fresh enough, 0 failed; 2 old files deleted')
})

test('a folder without a name is refused', async () => {
  const words = ['backup:create', '--client', 'acme', '--to', '']
  const { status, stderr } = await flowsDb(words, { cwd, environment: { FLOWS_DB_DIR: folder } })
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('--to names no folder') })
})

test('the list of a folder tells paths that other commands take, and which names it knows', async () => {
  const { stdout } = await run('backup:create --client acme --to listed --json')
  const [, row = ''] = (await run('backup:list listed')).stdout.split('\n')
  expect(row).toMatch(/^listed\/backup-acme-/)
  expect(await run(`backup:verify ${row.split(' ')[0]}`)).toMatchObject({ status: 0 })
  expect(JSON.parse((await run('backup:list listed --json')).stdout)).toMatchObject([
    { file: JSON.parse(stdout).file },
  ])
  mkdirSync(join(cwd, 'empty'))
  expect((await run('backup:list empty')).stdout).toMatch(/^There is no file named backup-<client>-<day>/)
})

test('a backup that is not sound ends with 8, and a client is replaced only when that is confirmed', async () => {
  expect(await run('backup:create --client acme --file sound.sql')).toMatchObject({ status: 0 })
  cpSync(join(cwd, 'sound.sql'), join(cwd, 'bad.sql'))
  writeFileSync(join(cwd, 'bad.sql'), readFileSync(join(cwd, 'sound.sql'), 'utf8').replace('Acme', 'Evil'))
  for (const command of ['backup:verify bad.sql --json', 'backup:restore bad.sql --as copy --json']) {
    const { status, stderr } = await run(command)
    expect({ status, error: JSON.parse(stderr).error.code }).toEqual({ status: 8, error: 'BACKUP_DAMAGED' })
  }
  for (const confirm of ['', ' --confirm globex']) {
    const { status, stderr } = await run(`backup:restore sound.sql --replace${confirm} --json`)
    expect({ status, error: JSON.parse(stderr).error.code }).toEqual({
      status: 4,
      error: 'CONFIRMATION_REQUIRED',
    })
  }
})

test('a sealed backup takes its passphrase from a file or from standard input, never from the line', async () => {
  writeFileSync(join(cwd, 'passphrase'), 'correct horse battery\n')
  expect(
    await run('backup:create --client acme --to sealed --gzip --passphrase-file passphrase'),
  ).toMatchObject({ status: 0 })
  const [name = ''] = readdirSync(join(cwd, 'sealed'))
  expect(name).toMatch(/^backup-acme-\d{4}-\d{2}-\d{2}\.sql\.gz\.enc$/)
  expect(
    await run(`backup:verify sealed/${name} --passphrase-file -`, 'correct horse battery'),
  ).toMatchObject({ status: 0 })
  expect(await run(`backup:verify sealed/${name}`)).toMatchObject({ status: 2 })
  expect(await run(`backup:verify sealed/${name} --passphrase-file -`, 'something else')).toMatchObject({
    status: 8,
  })
})

test('a backup for a recipient is opened by its identity file, and the one made before a replacement, too', async () => {
  const identity = await generateIdentity()
  writeFileSync(join(cwd, 'key.txt'), `# created: today\n${identity}\n`)
  const recipient = await identityToRecipient(identity)
  const made = await run(`backup:create --client acme --to age --archive --recipient ${recipient} --json`)
  const { file } = JSON.parse(made.stdout)
  expect(file).toMatch(/\.fdb\.age$/)
  expect(await run(`backup:verify ${file} --identity-file key.txt`)).toMatchObject({ status: 0 })
  expect(await run(`backup:verify ${file}`)).toMatchObject({ status: 2 })
  const restored = await run(`backup:restore ${file} --replace --confirm acme --identity-file key.txt --json`)
  const { backupBefore } = JSON.parse(restored.stdout)
  expect(backupBefore).toMatch(/\.age$/)
  expect(await run(`backup:verify ${backupBefore} --identity-file - `, identity)).toMatchObject({ status: 0 })
})

test('without pg_dump the whole database is not dumped, and the next step is said', async () => {
  const environment = { FLOWS_DB_DIR: folder, PATH: join(cwd, 'nothing') }
  const { status, stderr } = await flowsDb('backup:create --database', { cwd, environment })
  expect(status).toBe(4)
  expect(stderr).toContain('There is no pg_dump on this machine')
  expect(stderr).toContain('Install the client programs of PostgreSQL 17')
})

test.each([
  ['backup:create', 2, 'Which client?'],
  ['backup:create --client acme --database', 2, 'Only one of --client, --all and --database'],
  ['backup:create --database --gzip', 2, '--gzip is for clients'],
  ['backup:create --client acme --recipient age1x --passphrase-file p', 2, 'not by both'],
  ['backup:create --client acme --recipient age1x', 2, 'A recipient is no public key of age'],
  ['backup:create --client acme --with-files', 2, 'SUPABASE_URL is not set'],
  ['backup:create --client acme --file x.fdb --archive', 2, '--archive goes with --to'],
  ['backup:verify x.sql --passphrase-file p --identity-file i', 2, 'not by both'],
  ['backup:restore x.sql --only-files --replace', 2, '--only-files goes with --as'],
  ['backup:create --all --client acme', 2, 'Only one of --client, --all and --database'],
  ['backup:create --client acme --file a.sql --to b', 2, '--file names the file, --to a folder for it'],
  ['backup:create --all --keep 30', 2, '--keep: "30" is not a duration'],
  ['backup:create --all --older-than soon', 2, '--older-than: "soon" is not a duration'],
  ['backup:create --client acme --gzip --file a.txt', 2, '--gzip goes with --to'],
  ['backup:create --client acme --file a.sql.enc', 2, 'A file that ends in .enc needs a passphrase'],
  ['backup:list --client nobody', 3, 'There is no backup of client "nobody" in '],
  ['backup:create --all --file x.sql', 2, '--file names one file'],
  ['backup:create --client nobody', 3, 'There is no client "nobody"'],
  ['backup:restore x.sql --as a-b --replace', 2, '--replace and --as exclude each other'],
  ['backup:verify no-such.sql', 2, 'The file no-such.sql cannot be read'],
])('%s ends with %i', async (line, status, message) => {
  const ended = await run(line)
  expect(ended.status).toBe(status)
  expect(ended.stderr).toContain(message)
})
