import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { flowsDb } from '../support/flows-db.ts'
import { tempFolder } from '../support/temp-folder.ts'

const database = await testDatabase()
const good = { DATABASE_URL: database.url, JWT_SECRET: 'q8Jm2vYt0cWz5nRk7uXb3gHs9dLf1pAe' }

async function findings(environment: Readonly<Record<string, string>>, files = {}) {
  const { status, stdout } = await flowsDb('doctor --json', { cwd: tempFolder(files), environment })
  return { status, found: JSON.parse(stdout) as { subject: string; well: boolean; detail: string }[] }
}

test('where all is well the doctor says so and ends with status 0', async () => {
  const { status, found } = await findings(good)
  expect(status).toBe(0)
  expect(found.map(({ subject, well }) => [subject, well])).toEqual([
    ['node', true],
    ['settings', true],
    ['signing keys', true],
    ['master key', true],
    ['database', true],
    ['schema', true],
    ['setup mail', true],
  ])
})

test('what is wrong is named with its next step, and the rest is looked at all the same', async () => {
  const plain = await makeDatabase('template0')
  try {
    const { status, found } = await findings({ DATABASE_URL: plain.url, SMTP_URL: 'smtp://mail.test' })
    expect(status).toBe(7)
    expect(found.filter(({ well }) => !well)).toEqual([
      expect.objectContaining({
        subject: 'signing keys',
        detail:
          "JWT_SECRET is not set: it signs invitations and, without FLOWS_MASTER_KEY, wraps the clients' keys",
      }),
      expect.objectContaining({ subject: 'master key' }),
      expect.objectContaining({ subject: 'schema', hint: 'Run: db:init' }),
      expect.objectContaining({
        subject: 'setup mail',
        hint: 'Set SETUP_EMAIL_PREFIX and SETUP_EMAIL_DOMAIN.',
      }),
    ])
  } finally {
    await plain.drop()
  }
})

test('a database that does not answer and settings that cannot be read are findings too', async () => {
  const silent = await findings({ ...good, DATABASE_URL: 'postgres://a@127.0.0.1:1/x' })
  expect(silent).toMatchObject({ status: 7, found: expect.arrayContaining([]) })
  expect(silent.found.find(({ subject }) => subject === 'database')).toMatchObject({
    well: false,
    detail: 'No database answers at 127.0.0.1:1/x',
  })
  const unreadable = await findings(good, { '.env': 'nonsense' })
  expect(unreadable.status).toBe(7)
  expect(unreadable.found.at(-1)).toMatchObject({ subject: 'settings', well: false })
})

test('the doctor starts no embedded server', async () => {
  const { status, found } = await findings({}, { 'package.json': '{}' })
  expect(status).toBe(0)
  expect(found.find(({ subject }) => subject === 'database')).toMatchObject({
    detail: 'embedded, not running: the next command starts it',
  })
})

test('the doctor changes nothing: no folder, no secrets, no schema', async () => {
  const folder = tempFolder({ 'package.json': '{}' })
  const { status, stdout } = await flowsDb('doctor --json', { cwd: folder })
  expect(status).toBe(0)
  expect(readdirSync(folder)).toEqual(['package.json'])
  const found = JSON.parse(stdout) as { subject: string; detail: string }[]
  expect(found.filter(({ subject }) => subject.endsWith('key') || subject.endsWith('keys'))).toEqual([
    expect.objectContaining({ detail: 'not made yet: the first command that needs it does' }),
    expect.objectContaining({ detail: 'not made yet: the first command that needs it does' }),
  ])
})
