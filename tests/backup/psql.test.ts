import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createBackup } from '../../src/backup/create-backup.ts'
import { connect } from '../../src/database/connect.ts'
import { digestOf } from '../rls/digest.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { populatedClient, projectTable } from './populated.ts'

const { owner } = await testDatabase()
await owner.script(projectTable)

/** The psql that FLOWS_TEST_PSQL names, or the system's; a name that leads nowhere is an error, so that CI cannot test less unseen. */
function findPsql(): string | undefined {
  const named = process.env.FLOWS_TEST_PSQL
  if (named !== undefined && !existsSync(named)) {
    throw new Error(`FLOWS_TEST_PSQL names ${named}, where no psql is`)
  }
  const folders = (process.env.PATH ?? '').split(':')
  return named ?? folders.map((folder) => join(folder, 'psql')).find((path) => existsSync(path))
}

const psql = findPsql()

test(
  psql === undefined
    ? 'psql loads a plain backup (not tried: there is no psql on the path)'
    : 'psql loads a plain backup into an empty migrated database, with the same digests',
  async () => {
    if (psql === undefined) return
    // What lies in the bucket is not in a backup.
    const client = await populatedClient(owner, { files: false })
    const options = { program: '0.0.1', folder: tempFolder(), withKeys: true }
    const { 'flows_private.invitation_rates': _, ...digests } = await digestOf(owner, client.id)
    const { file } = await createBackup(owner, client.clientCode, options)
    const { url, drop } = await makeDatabase(templateName)
    const other = await connect(url)
    onTestFinished(async () => {
      await other.close()
      await drop()
    })
    await other.script(projectTable)
    execFileSync(psql, ['-X', '-q', '-d', url, '-f', file])
    expect(await digestOf(other, client.id)).toMatchObject(digests)
    const again = () => execFileSync(psql, ['-X', '-q', '-d', url, '-f', file], { stdio: 'ignore' })
    expect(again).toThrow('Command failed')
    expect(await digestOf(other, client.id)).toMatchObject(digests)
  },
)
