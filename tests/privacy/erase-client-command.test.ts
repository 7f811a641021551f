import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findClient } from '../../src/clients/find-client.ts'
import { verifyCertificate } from '../../src/privacy/certificate.ts'
import { populatedClient, projectTable } from '../backup/populated.ts'
import { authority, jwtSecret, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { owner, url } = await testDatabase()
await owner.script(projectTable)
const environment = {
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
  DATABASE_URL: url,
}
const run = (line: string, cwd = tempFolder()) => flowsDb(line, { cwd, environment })

test('a place where no certificate can be written is refused before anything is erased or backed up', async () => {
  const { clientCode } = await populatedClient(owner)
  const cwd = tempFolder({ 'no-folder': '' })
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --json --certificate`
  const { status, stderr } = await run(`${line} no-folder/c.json`, cwd)
  expect({ status, error: JSON.parse(stderr).error }).toMatchObject({
    status: 1,
    error: {
      code: 'FILE_UNWRITABLE',
      message: `The file c.json cannot be written to ${join(cwd, 'no-folder')}`,
      hint: 'Nothing was erased. Choose another place with --certificate.',
    },
  })
  expect(await findClient(owner, clientCode)).toBeDefined()
  expect(readdirSync(cwd)).toEqual(['no-folder'])
})

test('audit:list finds the events of an erased client by the code that it had', async () => {
  const { clientCode, id } = await populatedClient(owner)
  expect(await run(`privacy:erase --client ${clientCode} --confirm ${clientCode}`)).toMatchObject({
    status: 0,
  })
  const listed = await run(`audit:list --client ${clientCode} --verb erase --json`)
  expect({ status: listed.status, events: JSON.parse(listed.stdout) }).toMatchObject({
    status: 0,
    events: [{ clientId: id, clientCode, clientErased: true, tableName: 'clients', verb: 'erase' }],
  })
  const said = await run(`audit:list --client ${clientCode} --table backups`)
  expect({ status: said.status, lines: said.stdout.split('\n') }).toEqual({
    status: 0,
    lines: [expect.stringMatching(/^TIME/), expect.stringContaining(` ${clientCode} (erased) `), ''],
  })
  const { status, stderr } = await run('audit:list --client never-was')
  expect({ status, said: stderr.includes('There is no client "never-was"') }).toEqual({
    status: 3,
    said: true,
  })
})

test('a dry run gives a certificate without a seal, which nothing takes for one of an erasure', async () => {
  const { clientCode } = await populatedClient(owner)
  const { status, stdout } = await run(`privacy:erase --client ${clientCode} --dry-run --json`)
  const { certificate, dryRun } = JSON.parse(stdout)
  expect({ status, dryRun, seal: certificate.seal }).toEqual({ status: 0, dryRun: true, seal: null })
  expect(certificate.rows).toBeGreaterThan(10)
  expect(verifyCertificate(certificate, authority)).toBe(false)
  expect(stdout).not.toMatch(/eyJ/)
})
