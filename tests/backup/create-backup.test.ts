import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { dumpDatabase } from '../../src/backup/dump-database.ts'
import type { TableDigest } from '../../src/backup/format.ts'
import { createBackups } from '../../src/backup/scheduled-backups.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { addMembers, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, staff } = await testDatabase()
const program = '0.0.1'
const passphrase = 'correct horse battery'
const recipient = await identityToRecipient(await generateIdentity())

/** Each backup is an event in the trail, which the next one holds. */
function withoutTrail(tables: readonly TableDigest[]): TableDigest[] {
  const others = tables.filter(({ table }) => table !== 'audit_events')
  expect(others).toHaveLength(tables.length - 1)
  return others
}

test('a backup holds the rows of its client and of no other, and only its owner may read it', async () => {
  const client = await newClient(staff)
  const users = await addMembers(staff, client, 5)
  const other = await newClient(staff)
  const { file, rows, tables, digest, bytes } = await createBackup(owner, client.clientCode, {
    program,
    folder: tempFolder(),
  })
  const text = readFileSync(file, 'utf8')
  for (const user of users) expect(text).toContain(user)
  expect(text).not.toContain(other.id)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const verified = await verifyBackup(file)
  expect(verified).toMatchObject({ clientCode: client.clientCode, clientId: client.id, rows, digest, bytes })
  expect(verified.tables).toHaveLength(tables)
})

test('keys and salts are in a backup only when that is asked for', async () => {
  const client = await newClient(staff)
  const folder = tempFolder()
  const plain = await createBackup(owner, client.clientCode, { program, folder })
  const withKeys = await createBackup(owner, client.clientCode, { program, folder, withKeys: true })
  expect(readFileSync(plain.file, 'utf8')).not.toMatch(/client_keys" \(|wrapped_key|pii_salt/)
  expect(readFileSync(withKeys.file, 'utf8')).toMatch(/wrapped_key[\s\S]*pii_salt/)
})

test.each(['a.sql', 'a.sql.gz', 'a.sql.br'])(
  '%s is packed by its ending, sealed or not, and verifies',
  async (name) => {
    const client = await newClient(staff)
    await addMembers(staff, client, 99)
    const plain = await createBackup(owner, client.clientCode, { program, folder: tempFolder() })
    for (const secret of [undefined, passphrase]) {
      const file = join(tempFolder(), secret === undefined ? name : `${name}.enc`)
      const made = await createBackup(owner, client.clientCode, {
        program,
        folder: '',
        file,
        passphrase: secret,
      })
      const { tables, rows } = await verifyBackup(file, { passphrase: secret })
      expect(withoutTrail(tables)).toEqual(withoutTrail((await verifyBackup(plain.file)).tables))
      expect(rows).toBe(made.rows)
      if (name !== 'a.sql') expect(made.bytes).toBeLessThan(plain.bytes)
      if (secret !== undefined) expect(readFileSync(file, 'latin1')).not.toContain(client.id)
    }
  },
)

const [closedBy, closedFor] = [
  'A backup that is sealed by a passphrase is in a file that ends in .enc',
  'A backup that is sealed for recipients is in a file that ends in .age',
]
test.each([
  ['a.sql.enc', 'A file that ends in .enc needs a passphrase', {}, '--passphrase-file'],
  ['a.sql.gz.age', 'A file that ends in .age needs a recipient', {}, '--recipient'],
  ['a.sql', closedBy, { passphrase }, 'Name it a.sql.enc.'],
  ['a.fdb.age', closedBy, { passphrase }, 'Name it a.fdb.enc.'],
  ['a.sql.gz', closedFor, { recipients: [recipient] }, 'Name it a.sql.gz.age.'],
])('%s is refused: %s', async (name, message, seal, hint) => {
  const client = await newClient(staff)
  const folder = tempFolder()
  const options = { program, folder, file: join(folder, name), ...seal }
  const failures = [
    await failureOf(createBackup(owner, client.clientCode, options)),
    await failureOf(dumpDatabase(owner, '', options)),
  ]
  for (const failure of failures)
    expect(failure).toMatchObject({ code: 'USAGE', message, hint: expect.stringContaining(hint) })
  expect(readdirSync(folder)).toEqual([])
})

test('a second backup of a day gets a name of its own, and a named file is never written over', async () => {
  const client = await newClient(staff)
  const folder = tempFolder()
  const first = await createBackup(owner, client.clientCode, { program, folder })
  const second = await createBackup(owner, client.clientCode, { program, folder })
  expect(second.file).toBe(first.file.replace('.sql', '-2.sql'))
  const before = readFileSync(first.file)
  const again = createBackup(owner, client.clientCode, { program, folder, file: first.file })
  expect(await failureOf(again)).toMatchObject({
    code: 'BACKUP_FILE_EXISTS',
    message: `There is a file ${first.file} already`,
  })
  expect(readFileSync(first.file)).toEqual(before)
  expect(readdirSync(folder)).toHaveLength(2)
})

test('what cannot be backed up leaves no file, and the connection works on', async () => {
  const folder = join(tempFolder(), 'new')
  expect(await failureOf(createBackup(owner, 'nobody', { program, folder }))).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "nobody"',
  })
  expect(existsSync(folder)).toBe(false)
  const client = await newClient(staff)
  const file = join(tempFolder({ taken: '' }), 'taken', 'a.sql')
  expect(await failureOf(createBackup(owner, client.clientCode, { program, folder, file }))).toMatchObject({
    code: 'FILE_UNWRITABLE',
  })
  const short = createBackup(owner, client.clientCode, { program, folder, passphrase: 'short' })
  expect(await failureOf(short)).toMatchObject({
    code: 'BACKUP_PASSPHRASE_WEAK',
    message: 'The passphrase has fewer than 12 characters',
  })
  expect(await createBackup(owner, client.clientCode, { program, folder })).toMatchObject({
    clientCode: client.clientCode,
  })
})

test('a timetable passes over what is fresh, and keeps the newest whatever its age', async () => {
  const client = await newClient(staff)
  const folder = tempFolder()
  const run = (timetable: { olderThan?: number; keep?: number }) =>
    createBackups(owner, [client.clientCode], { program, folder, ...timetable })
  expect(await run({ olderThan: 3_600 })).toMatchObject({
    created: [{ clientCode: client.clientCode }],
    skipped: [],
  })
  expect(await run({ olderThan: 3_600 })).toMatchObject({ created: [], skipped: [client.clientCode] })
  const { created, deleted } = await run({ keep: 0 })
  expect(deleted).toHaveLength(1)
  expect(readdirSync(folder)).toEqual([created[0]?.file.slice(folder.length + 1)])
})
