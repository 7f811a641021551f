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
      message: expect.stringContaining(`The file c.json cannot be written to ${join(cwd, 'no-folder')}`),
      hint: 'Nothing was erased. Choose another place with --certificate.',
    },
  })
  expect(await findClient(owner, clientCode)).toBeDefined()
  expect(readdirSync(cwd)).toEqual(['no-folder'])
})

test('flags that say nothing together, or name nothing, are refused before anything is done', async () => {
  const { clientCode } = await populatedClient(owner)
  const erase = `privacy:erase --client ${clientCode} --confirm ${clientCode}`
  const key = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
  const cases: readonly [readonly string[], string][] = [
    [[...erase.split(' '), '--no-backup', '--to', 'backups'], '--no-backup makes none'],
    [[...erase.split(' '), '--no-backup', '--passphrase-file', 'p'], '--no-backup makes none'],
    [[...erase.split(' '), '--no-backup', '--recipient', key], '--no-backup makes none'],
    [[...erase.split(' '), '--recipient', key, '--passphrase-file', 'p'], 'not by both'],
    [[...erase.split(' '), '--to', ''], '--to is empty'],
    [[...erase.split(' '), '--certificate', ''], '--certificate is empty'],
    [[...erase.split(' '), '--backups-kept', '30'], '--backups-kept: "30" is not a duration'],
    [['privacy:export', '--client', clientCode, '--to', ''], '--to is empty'],
    [['audit:list', '--json', '--jsonl'], '--json and --jsonl exclude each other'],
  ]
  for (const [words, message] of cases) {
    const { status, stderr } = await flowsDb(words, { cwd: tempFolder(), environment })
    expect({ words, status, said: stderr.includes(message) }).toEqual({ words, status: 2, said: true })
  }
  expect(await findClient(owner, clientCode)).toBeDefined()
})

test('a client that never was is not found before anything is to be confirmed', async () => {
  const { status, stderr } = await run('privacy:erase --client never-was --json')
  expect({ status, code: JSON.parse(stderr).error.code }).toEqual({ status: 3, code: 'CLIENT_NOT_FOUND' })
})

test('the text of an erasure says what would go, what went, and the certificate also the second time', async () => {
  const { clientCode } = await populatedClient(owner)
  const line = `privacy:erase --client ${clientCode} --confirm ${clientCode} --no-backup`
  const dry = await run(`${line} --dry-run`)
  expect(dry.stdout).toMatch(/would be erased: \d+ rows of \d+ tables, 1 key, 1 file\./)
  expect(dry.stdout).not.toMatch(/is erased|certificate/)
  const first = await run(line)
  expect(first.stdout).toMatch(/ is erased: \d+ rows of \d+ tables, 1 key, 1 file\./)
  const [certificate] = /^certificate [0-9a-f-]{36} .*$/m.exec(first.stdout) ?? []
  expect(certificate).toBeDefined()
  const second = await run(line)
  expect(second.stdout).toMatch(/ was erased on \d{4}-\d\d-\d\d: \d+ rows of \d+ tables, 1 key, 1 file\./)
  expect(second.stdout).toContain(certificate)
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
