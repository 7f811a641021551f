import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { FlowsError } from '../../src/base/errors.ts'
import { sql } from '../../src/database/sql.ts'
import { digestOf } from '../rls/digest.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, damage, populatedClient, projectTable, settings } from './populated.ts'

const { owner } = await testDatabase()
await owner.script(projectTable)
const client = await populatedClient(owner)
const other = await populatedClient(owner)
const passphrase = 'correct horse battery'

/** Each restore is tried on a client that differs from every backup of it, so that any change would be seen. */
async function refused(bytes: Buffer | string, more: { passphrase?: string } = {}) {
  const file = join(tempFolder(), 'bad.sql')
  writeFileSync(file, bytes)
  const before = [await digestOf(owner, client.id), await digestOf(owner, other.id)]
  const failure = await failureOf(restoreBackup(owner, file, { settings, replace: true, ...more }))
  expect([await digestOf(owner, client.id), await digestOf(owner, other.id)]).toEqual(before)
  return failure
}

const unsound = ['BACKUP_DAMAGED', 'BACKUP_FOREIGN', 'BACKUP_PASSPHRASE_WRONG']

const kinds: readonly [string, string | undefined][] = [
  ['a.sql', undefined],
  ['a.sql.gz', undefined],
  ['a.sql.br', undefined],
  ['a.fdb', undefined],
  ['a.fdb.br', undefined],
  ['a.sql.gz.enc', passphrase],
]
const folder = mkdtempSync(join(tmpdir(), 'flows-db-bad-'))
afterAll(() => rmSync(folder, { recursive: true }))
const files = await Promise.all(
  kinds.map(async ([name, secret], index) => {
    const sealed = secret === undefined ? {} : { passphrase: secret }
    const file = join(folder, `${index}-${name}`)
    await createBackup(owner, client.clientCode, { program: '0.0.1', folder: '', file, ...sealed })
    return {
      title: secret === undefined ? name : `${name}, sealed`,
      bytes: readFileSync(file),
      sealed,
      packed: /[.](gz|br)([.]enc)?$/.test(name),
    }
  }),
)
await damage(owner, client)

test.each(files)(
  '$title cut off at every hundredth of its length is refused before anything is changed',
  { timeout: 120_000 },
  async ({ bytes, sealed }) => {
    for (let part = 0; part < 100; part += 1) {
      const { code } = await refused(bytes.subarray(0, Math.floor((bytes.length * part) / 100)), sealed)
      expect(unsound).toContain(code)
    }
    expect(unsound).toContain((await refused(bytes.subarray(0, -1), sealed)).code)
  },
)

test.each(files)(
  '$title with one bit flipped anywhere is never taken for anything but what it was',
  async ({ bytes, sealed, packed }) => {
    const sound = await verified(bytes, sealed)
    // Each look into a sealed one costs a third of a second, as it should.
    const turns = 'passphrase' in sealed ? 15 : 100
    for (let turn = 0; turn < turns; turn += 1) {
      const at = Math.floor((bytes.length * (turn + 0.5)) / turns)
      const flipped = Buffer.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (turn % 8))
      const found = await verified(flipped, sealed)
      // A packer's header has bits that mean nothing; what is unpacked is still compared with every digest.
      if (found instanceof FlowsError) expect(unsound).toContain(found.code)
      else expect({ at, packed, found }).toEqual({ at, packed: true, found: sound })
    }
  },
)

/** The digest of a sound backup, or why it is none. */
async function verified(bytes: Buffer, sealed: { passphrase?: string }): Promise<string | FlowsError> {
  const file = join(tempFolder(), 'flipped')
  writeFileSync(file, bytes)
  try {
    return (await verifyBackup(file, sealed)).digest
  } catch (error) {
    if (error instanceof FlowsError) return error
    throw error
  }
}

/** Changes the text of a backup and gives it the digests that it then has, as whoever forges one would. */
async function forged(change: (text: string) => string): Promise<string> {
  const text = change(readFileSync(await backUp(owner, other), 'utf8')).replace(/-- manifest .*\n$/, '')
  const tables = [...text.matchAll(/^copy "([^"]+)"\."([^"]+)" .*;\n([\s\S]*?)^\\\.\n/gm)].map(
    ([, schema, table, rows = '']) => ({
      schema,
      table,
      rows: rows.split('\n').length - 1,
      sha256: createHash('sha256').update(rows).digest('hex'),
    }),
  )
  const manifest = { tables, digest: createHash('sha256').update(text).digest('hex') }
  return `${text}-- manifest ${JSON.stringify(manifest)}\n`
}

test('a forgery without a change is taken, so that those with one are refused for the change', async () => {
  const file = join(tempFolder(), 'forged.sql')
  writeFileSync(file, await forged((text) => text))
  expect(await verifyBackup(file)).toMatchObject({ clientCode: other.clientCode })
})

const hostile = 'drop schema flows cascade;\n'
const forgeries: readonly [string, (text: string) => string, { code: string; message: RegExp }][] = [
  [
    'SQL before the tables',
    (text) => text.replace('begin;\n', `begin;\n${hostile}`),
    { code: 'BACKUP_DAMAGED', message: /A line stands in it that no backup has/ },
  ],
  [
    'SQL between tables',
    (text) => text.replace('\\.\ncopy', `\\.\n${hostile}copy`),
    { code: 'BACKUP_DAMAGED', message: /A line stands in it that no backup has/ },
  ],
  [
    'SQL after an end smuggled in',
    (text) => text.replace(/^(copy "flows"."client_members".*\n)/m, `$1\\.\n${hostile}`),
    { code: 'BACKUP_DAMAGED', message: /A line stands in it that no backup has/ },
  ],
  [
    'SQL among the rows',
    (text) => text.replace(/^(copy "flows"."client_members".*\n)/m, `$1${hostile}`),
    { code: 'BACKUP_DAMAGED', message: /A row of flows.client_members does not belong to the client/ },
  ],
  [
    'SQL after the end',
    (text) => text.replace('commit;\n', `commit;\n${hostile}`),
    { code: 'BACKUP_DAMAGED', message: /digests/ },
  ],
  [
    'a psql command',
    (text) => text.replace('begin;\n', '\\! touch /tmp/x\nbegin;\n'),
    { code: 'BACKUP_DAMAGED', message: /A line stands in it/ },
  ],
  [
    'a row of another client',
    (text) => text.replace(/^(copy "flows"."client_members".*\n)/m, `$1${client.id}\t${client.id}\n`),
    { code: 'BACKUP_DAMAGED', message: /A row of flows.client_members does not belong to the client/ },
  ],
  [
    'the id of another client',
    (text) => text.replaceAll(other.id, client.id),
    { code: 'BACKUP_CLIENT_DIFFERS', message: /is not the one of the backup/ },
  ],
  [
    'a newer schema',
    (text) => text.replace('"migrations":[', `"migrations":[{"version":"999","sha256":null},`),
    {
      code: 'BACKUP_NEWER',
      message: /^The backup is of a newer database: migration 999 is not applied here$/,
    },
  ],
  [
    "a table that is not a client's",
    (text) => text.replaceAll('no_key', 'secrets'),
    { code: 'BACKUP_UNFIT', message: /no place for: public.secrets/ },
  ],
  [
    'a table of the platform',
    (text) => text.replaceAll('"public"', '"auth"').replaceAll('no_key', 'users'),
    { code: 'BACKUP_UNFIT', message: /no place for: .*auth.users/ },
  ],
  [
    'a name that breaks out',
    (text) => text.replaceAll('no_key', 'x; drop table y'),
    { code: 'BACKUP_UNFIT', message: /no place for/ },
  ],
  [
    'a format of the future',
    (text) => text.replace('format 1', 'format 2'),
    { code: 'BACKUP_FOREIGN', message: /a format that this program does not know/ },
  ],
  [
    'a setting in the header',
    (text) => text.replace('{"program"', '{"hello":1,"program"'),
    { code: 'BACKUP_DAMAGED', message: /header/ },
  ],
  [
    'a column that stands twice',
    (text) => text.replace('"columns":["client_id",', '"columns":["client_id","client_id",'),
    { code: 'BACKUP_DAMAGED', message: /header/ },
  ],
  [
    'a moment that no database knows',
    (text) => text.replace(/"snapshotAt":"\d{4}/, '"snapshotAt":"0000'),
    { code: 'BACKUP_DAMAGED', message: /header/ },
  ],
  [
    'a client that is called otherwise in its row',
    (text) => text.replace(/^(copy "flows"."clients" .*\n[^\t]+\t)[^\t]+/m, '$1hijacked'),
    { code: 'BACKUP_DAMAGED', message: /The client is called otherwise in its row than in the header/ },
  ],
  [
    'a value that cannot be',
    (text) => text.replace('\tactive\t', '\tretired\t'),
    { code: 'BACKUP_UNFIT', message: /breaks clients_status_check|breaks client_members_status_check/ },
  ],
]

test.each(forgeries)('%s is refused, whatever its digests say', async (_, change, said) => {
  const { code, message } = await refused(await forged(change))
  expect({ code, message }).toEqual({ code: said.code, message: expect.stringMatching(said.message) })
})

test('what unpacks to far more than it is, or is no backup at all, is refused', async () => {
  const header = readFileSync(await backUp(owner, other)).subarray(0, 100)
  const bomb = Buffer.concat([header, Buffer.alloc(200 * 1024 * 1024, 0x61)])
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
  for (const bytes of [
    gzipSync(bomb),
    brotliCompressSync(bomb, quality),
    Buffer.alloc(1_000),
    'select 1;',
    '',
  ]) {
    expect(unsound).toContain((await refused(Buffer.from(bytes))).code)
  }
  const rows = readFileSync(await backUp(owner, other), 'utf8')
  const [before = ''] = rows.split('\\.\n')
  const endless = brotliCompressSync(
    Buffer.concat([Buffer.from(`${before}${other.id}\t`), Buffer.alloc(300 * 1024 * 1024, 0x61)]),
    quality,
  )
  expect(await refused(endless)).toMatchObject({ code: 'BACKUP_DAMAGED' })
})

test('a sealed backup asks for its passphrase, and opens with no other', async () => {
  const bytes = files.find(({ sealed }) => 'passphrase' in sealed)?.bytes ?? Buffer.alloc(0)
  expect(await refused(bytes)).toMatchObject({
    code: 'BACKUP_PASSPHRASE_MISSING',
    message: 'The backup is encrypted',
  })
  expect(await refused(bytes, { passphrase: 'another passphrase' })).toMatchObject({
    code: 'BACKUP_PASSPHRASE_WRONG',
  })
})

test('a file that is not there is said so', async () => {
  expect(await failureOf(verifyBackup('/no/such.sql'))).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: 'The file /no/such.sql cannot be read',
  })
  expect(await owner.many(sql`select 1 as alive`)).toEqual([{ alive: 1 }])
})
