import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Client } from '../../src/clients/client.ts'
import { importInvitations } from '../../src/invitations/import/import-invitations.ts'
import { readPeople } from '../../src/invitations/import/read-people.ts'
import { openResultFile, type RowResult } from '../../src/invitations/import/result-file.ts'
import { knownInvitations } from '../../src/invitations/known-invitations.ts'
import { listInvitations } from '../../src/invitations/list-invitations.ts'
import { resendInvitation } from '../../src/invitations/resend-invitation.ts'
import { revokeInvitation } from '../../src/invitations/revoke-invitation.ts'
import { newClient } from '../invitations/client.ts'
import { jwtSecret, keys, masterKey } from '../invitations/forge.ts'
import { testDatabase } from '../support/database.ts'
import { flowsDb, startFlowsDb } from '../support/flows-db.ts'
import { mailServer } from '../support/mail-server.ts'
import { tempFolder } from '../support/temp-folder.ts'

const { staff, url } = await testDatabase()
const secrets = {
  JWT_SECRET: jwtSecret,
  FLOWS_MASTER_KEY: masterKey.toString('base64'),
  DATABASE_URL: url,
  SETUP_EMAIL_PREFIX: 'setup',
  SETUP_EMAIL_DOMAIN: 'thepia.example',
}

function people(count: number): string {
  const rows = Array.from({ length: count }, (_, number) => `p${number}@acme.example,Person ${number}`)
  return ['companyEmail,fullName', ...rows].join('\n')
}

function resultsIn(path: string): RowResult[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as RowResult)
}

/** Imports a text of people into the results at this path, with mails by this server or without any. */
async function importText(
  { clientCode }: Client,
  text: string,
  path: string,
  smtpUrl: string | undefined,
  { perMinute = 6_000, batch = 500 } = {},
) {
  const results = await openResultFile(path, (ids) => knownInvitations(staff, clientCode, ids))
  const post =
    smtpUrl === undefined ? undefined : { smtpUrl, mailbox: { prefix: 'setup', domain: 'thepia.example' } }
  try {
    return await importInvitations(
      staff,
      readPeople(Readable.from([text]), 'csv'),
      { clientCode, appCode: 'offboarding' },
      keys,
      { results, batch, ...(post === undefined ? {} : { mails: { post, perMinute } }) },
    )
  } finally {
    await results.close()
  }
}

function command({ clientCode }: Client): string[] {
  const where = ['--client', clientCode, '--app', 'offboarding']
  return ['invitation:import', 'people.csv', ...where, '--send', '--mails-per-minute', '6000']
}

test('invitation:import --send mails each person the link that the result file has, and notes that it is out', async () => {
  const client = await newClient(staff)
  const server = await mailServer()
  const cwd = tempFolder({ 'people.csv': people(5) })
  const environment = { ...secrets, SMTP_URL: server.url }
  const { status, stdout, stderr } = await flowsDb(command(client), { cwd, environment })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('5 mails sent, 0 failed.')
  expect(stdout).not.toMatch(/eyJ|acme\.example|Person/)
  expect(server.received.map(({ to }) => to.join())).toEqual([0, 1, 2, 3, 4].map((n) => `p${n}@acme.example`))
  const results = resultsIn(join(cwd, 'people.csv.result.jsonl'))
  const issued = results.flatMap((result) => (result.status === 'issued' ? [result] : []))
  for (const [index, { token }] of issued.entries()) {
    const text = server.received[index]?.source.replaceAll('=\r\n', '') ?? ''
    expect(text).toContain(token.slice(-43))
  }
  expect(results.filter((result) => result.status === 'sent').map(({ line }) => line)).toEqual([
    2, 3, 4, 5, 6,
  ])
  expect(await listInvitations(staff, { clientCode: client.clientCode, delivery: 'sent' })).toHaveLength(5)
})

test('a mail that is refused is named by line and code, stops nobody else, and goes out when it is resent', async () => {
  const client = await newClient(staff)
  const server = await mailServer({
    onRcptTo: ({ address }, _, done) =>
      address.startsWith('p1@') && server.received.length < 3
        ? done(Object.assign(new Error(`no ${address}`), { responseCode: 550 }))
        : done(),
  })
  const path = join(tempFolder(), 'result.jsonl')
  const { mails } = await importText(client, people(4), path, server.url)
  const [failed] = mails?.failures ?? []
  expect(mails).toMatchObject({ sent: 3, failed: 1, waiting: 0, failures: [{ line: 3, fault: 'refused' }] })
  expect(JSON.stringify(mails)).not.toMatch(/acme\.example|eyJ/)
  expect(await listInvitations(staff, { clientCode: client.clientCode, delivery: 'failed' })).toMatchObject([
    { invitationCode: failed?.invitationCode, deliveryFault: 'refused' },
  ])
  // Run again, it is not tried again: that is for whoever mends the address.
  expect(await importText(client, people(4), path, server.url)).toMatchObject({
    mails: { sent: 0, failed: 0 },
  })
  const token = resultsIn(path).flatMap((result) =>
    result.status === 'issued' && result.invitationCode === failed?.invitationCode ? [result.token] : [],
  )[0]
  const post = { smtpUrl: server.url, mailbox: { prefix: 'setup', domain: 'thepia.example' } }
  await resendInvitation(
    staff,
    failed?.invitationCode ?? '',
    { token, clientCode: client.clientCode },
    keys,
    {
      post,
    },
  )
  expect(server.received.map(({ to }) => to.join())).toEqual(
    ['p0', 'p2', 'p3', 'p1'].map((name) => `${name}@acme.example`),
  )
})

test('run again, it mails what was issued and not yet tried, and nobody twice', async () => {
  const client = await newClient(staff)
  const server = await mailServer()
  const path = join(tempFolder(), 'result.jsonl')
  expect(await importText(client, people(3), path, undefined)).toMatchObject({ issued: 3, mails: null })
  const [first] = resultsIn(path)
  if (first?.status !== 'issued') throw new Error('Not issued')
  await revokeInvitation(staff, first.id)
  expect(await importText(client, people(5), path, server.url)).toMatchObject({
    issued: 2,
    skipped: 3,
    mails: { sent: 4, failed: 0, waiting: 0 },
  })
  expect(await importText(client, people(5), path, server.url)).toMatchObject({
    mails: { sent: 0, waiting: 0 },
  })
  expect(server.received.map(({ to }) => to.join())).toEqual([1, 2, 3, 4].map((n) => `p${n}@acme.example`))
})

test('killed in the middle, five times, and run again: nobody gets two mails, and who may have got none is still listed', async () => {
  const client = await newClient(staff)
  const server = await mailServer({
    onMailFrom: (_, __, done) => void setTimeout(done, 15),
  })
  const cwd = tempFolder({ 'people.csv': people(40) })
  const environment = { ...secrets, SMTP_URL: server.url }
  for (let round = 1; round <= 5; round += 1) {
    const line = [...command(client), '--batch', '10']
    const { child, ended } = await startFlowsDb(line, { cwd, environment })
    await expect
      .poll(() => server.received.length, { timeout: 20_000, interval: 5 })
      .toBeGreaterThanOrEqual(round * 5)
    child.kill('SIGKILL')
    await ended
  }
  const { status, stdout } = await flowsDb([...command(client), '--json'], { cwd, environment })
  expect({ status, failed: JSON.parse(stdout).mails.failed }).toEqual({ status: 0, failed: 0 })
  const to = server.received.map((mail) => mail.to.join())
  expect(new Set(to).size).toBe(to.length)
  const unsure = await listInvitations(staff, { clientCode: client.clientCode, delivery: 'pending' })
  const sent = await listInvitations(staff, { clientCode: client.clientCode, delivery: 'sent' })
  expect(unsure.length).toBeLessThanOrEqual(5)
  expect(sent.length + unsure.length).toBe(40)
  expect(to.length).toBeGreaterThanOrEqual(sent.length)
}, 120_000)

test('a mail server that is down is given up after three mails; the rest wait for the next run', async () => {
  const client = await newClient(staff)
  const path = join(tempFolder(), 'result.jsonl')
  expect(await importText(client, people(10), path, 'smtp://127.0.0.1:1', { batch: 4 })).toMatchObject({
    issued: 10,
    mails: { sent: 0, failed: 3, waiting: 7 },
  })
  const server = await mailServer()
  expect(await importText(client, people(10), path, server.url)).toMatchObject({
    skipped: 10,
    mails: { sent: 7, failed: 0, waiting: 0 },
  })
  expect(await listInvitations(staff, { clientCode: client.clientCode, delivery: 'failed' })).toHaveLength(3)
})

test('mails go out no faster than is asked for', async () => {
  const server = await mailServer()
  const path = join(tempFolder(), 'result.jsonl')
  const began = performance.now()
  await importText(await newClient(staff), people(6), path, server.url, { perMinute: 600 })
  expect(server.received).toHaveLength(6)
  expect(performance.now() - began).toBeGreaterThanOrEqual(500)
})

test('a row without an address is refused where mails are asked for, also in a dry run', async () => {
  const client = await newClient(staff)
  const cwd = tempFolder({ 'people.csv': 'companyEmail,fullName\n,Ada\nbob@acme.example,Bob\n' })
  const environment = { ...secrets, SMTP_URL: 'smtp://127.0.0.1:1' }
  const line = [...command(client), '--dry-run', '--json']
  const { status, stdout } = await flowsDb(line, { cwd, environment })
  expect(status).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({
    issued: 1,
    refusals: [{ line: 2, reason: 'INVITATION_INVITEE_INVALID' }],
    mails: { sent: 0, failed: 0 },
  })
  const without = await flowsDb(line, { cwd, environment: secrets })
  expect(without.stderr).toContain('SETTING_MISSING')
})
