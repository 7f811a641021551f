import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption'
import { expect, test } from 'vitest'
import { ageMark, parseIdentities } from '../../src/backup/age.ts'
import { createBackup } from '../../src/backup/create-backup.ts'
import { listBackups } from '../../src/backup/list-backups.ts'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { projectTable, settings } from './populated.ts'

const { owner } = await testDatabase()
await owner.script(projectTable)
const program = '0.0.1'
const [identity, second, stranger] = [
  await generateIdentity(),
  await generateIdentity(),
  await generateIdentity(),
]
const recipients = [await identityToRecipient(identity), await identityToRecipient(second)]

async function sealedBackup() {
  const client = await newClient(owner)
  // More than a chunk of the format.
  await owner.script(`
    insert into public.no_key select '${client.id}', md5(n::text) from generate_series(1, 4000) n`)
  const folder = tempFolder()
  const made = await createBackup(owner, client.clientCode, {
    program,
    folder,
    recipients,
    compression: 'gzip',
  })
  return { ...made, folder, client }
}

test('a backup for recipients is an age file that each of them opens with any tool of age, and restores', async () => {
  const { file, folder, client, digest } = await sealedBackup()
  expect(file).toMatch(/\.sql\.gz\.age$/)
  expect(readFileSync(file, 'latin1')).toMatch(/^age-encryption\.org\/v1\n-> X25519 /)
  const decrypter = new Decrypter()
  decrypter.addIdentity(second)
  const text = gunzipSync(await decrypter.decrypt(readFileSync(file))).toString()
  expect(text).toMatch(/^-- flows-db backup, format 1\n/)
  expect(await listBackups(folder)).toMatchObject([{ clientCode: client.clientCode, state: 'sealed' }])
  for (const one of [identity, second])
    expect(await verifyBackup(file, { identities: [stranger, one] })).toMatchObject({ digest })
  expect(await restoreBackup(owner, file, { settings, replace: true, identities: [identity] })).toMatchObject(
    { mode: 'replaced' },
  )
})

test('it opens for nobody else, and asks for an identity', async () => {
  const { file } = await sealedBackup()
  expect(await failureOf(verifyBackup(file))).toMatchObject({
    code: 'BACKUP_IDENTITY_MISSING',
    message: 'The backup is encrypted for a recipient',
  })
  expect(await failureOf(verifyBackup(file, { identities: [stranger] }))).toMatchObject({
    code: 'BACKUP_IDENTITY_WRONG',
    message: 'The backup is not for any of these identities',
  })
})

test('cut off anywhere, or with a bit flipped, it is refused', async () => {
  const { file } = await sealedBackup()
  const whole = readFileSync(file)
  const bad = join(tempFolder(), 'bad.age')
  for (let turn = 0; turn < 100; turn += 1) {
    const at = Math.floor((whole.length * (turn + 0.5)) / 100)
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (turn % 8))
    for (const bytes of [whole.subarray(0, at), flipped]) {
      writeFileSync(bad, bytes)
      const { code } = await failureOf(verifyBackup(bad, { identities: [identity, second] }))
      expect(['BACKUP_DAMAGED', 'BACKUP_FOREIGN', 'BACKUP_IDENTITY_WRONG']).toContain(code)
    }
  }
})

test('a beginning without end is refused before it fills the memory', async () => {
  const line = Buffer.from(`-> X25519 ${'A'.repeat(43)}\n${'A'.repeat(43)}\n`)
  const file = join(tempFolder(), 'long.age')
  writeFileSync(file, Buffer.concat([ageMark, ...Array.from({ length: 100_000 }, () => line)]))
  expect(await failureOf(verifyBackup(file, { identities: [identity] }))).toMatchObject({
    code: 'BACKUP_DAMAGED',
    message: 'The backup is damaged. Its beginning is longer than any that was written',
  })
})

test('what is no public key, and what is no identity, is refused without being repeated', async () => {
  const client = await newClient(owner)
  const options = { program, folder: tempFolder(), recipients: ['age1nonsense'] }
  expect(await failureOf(createBackup(owner, client.clientCode, options))).toMatchObject({
    code: 'BACKUP_RECIPIENT_INVALID',
    message: 'A recipient is no public key of age',
  })
  expect(await parseIdentities(`# created: today\n# public key: age1\n${identity}\n`)).toEqual([identity])
  for (const text of ['', '# nothing\n', `${identity}x`, 'AGE-SECRET-KEY-1']) {
    const { code, message } = await failureOf(parseIdentities(text))
    expect(code).toBe('BACKUP_IDENTITY_INVALID')
    expect(message).not.toContain(identity)
  }
})
