import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unwritable } from '../../src/backup/unwritable.ts'
import { writeWhole } from '../../src/backup/write-file.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

async function* chunks() {
  yield Buffer.from('rows')
}

test.each([
  ['taken/a.sql', 'a file is where a folder should be'],
  ['taken/below/a.sql', 'a file is where a folder should be'],
  [`${'a'.repeat(300)}.sql`, 'the name is too long'],
])('writing %s fails and says why', async (name, reason) => {
  const path = join(tempFolder({ taken: '' }), name)
  const failure = await failureOf(writeWhole([path], chunks()))
  expect(failure).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringMatching(new RegExp(`^The file .* cannot be written to .*: ${reason}$`)),
  })
})

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk is full'],
  ['EROFS', 'that file system can only be read'],
  ['EACCES', 'this account may not write there'],
  ['EIO', 'the system says EIO'],
])('%s is told as: %s', (code, reason) => {
  const failure = unwritable('/backups/a.sql', Object.assign(new Error('no'), { code }))
  expect(failure.message).toBe(`The file a.sql cannot be written to /backups: ${reason}`)
})
