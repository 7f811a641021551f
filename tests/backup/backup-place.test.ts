import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listBackups } from '../../src/backup/list-backups.ts'
import { tempFolder } from '../support/temp-folder.ts'

test('what has the name of a backup and is no file is passed over', async () => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'backup-acme-2025-01-15.sql'))
  mkdirSync(join(folder, 'backup-acme-2025-01-15.sql.enc'))
  execFileSync('mkfifo', [join(folder, 'backup-acme-2025-01-16.sql')])
  expect(await listBackups(folder)).toEqual([])
})
