import { randomUUID } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { sql } from '../../src/database/sql.ts'
import { accessTokenClaims } from '../../src/members/access-token-claims.ts'
import { testDatabase } from '../support/database.ts'
import { type Ended, flowsDb } from '../support/flows-db.ts'

const { url, owner, authenticator } = await testDatabase()
const environment = {
  DATABASE_URL: url,
  JWT_SECRET: 'c2VjcmV0LW9mLXRoZS1qb3VybmV5LXRlc3QtMjAyNg',
  SETUP_EMAIL_PREFIX: 'setup',
  SETUP_EMAIL_DOMAIN: 'thepia.example',
}
const cwd = inject('programFolder').replace(/[^/]*$/, '')
const run = (line: string, input?: string): Promise<Ended> =>
  flowsDb(
    line.split(/ (?=(?:[^"]*"[^"]*")*[^"]*$)/).map((word) => word.replaceAll('"', '')),
    {
      cwd,
      environment,
      ...(input === undefined ? {} : { input }),
    },
  )

/** Runs a command with --json and gives its document; the exit status must be the given one. */
async function json<Document>(line: string, status = 0, input?: string): Promise<Document> {
  const ended = await run(`${line} --json`, input)
  expect({ line, status: ended.status, stderr: status === 0 ? ended.stderr : '' }).toEqual({
    line,
    status,
    stderr: '',
  })
  return JSON.parse(ended.stdout || ended.stderr) as Document
}

type Created = { id: string; token: string; url: string; [key: string]: unknown }

describe('a client from its contract to its first member, at the command line', { timeout: 120_000 }, () => {
  let issued: Created
  beforeAll(async () => {
    await json(
      'client:create --client-code acme --legal-name "Acme Corporation" --domain acme.thepia.net --region EU --app offboarding',
    )
    await json(
      'client:create --client-code globex --legal-name Globex --region US --tier pro --app offboarding',
    )
    issued = await json(
      'invitation:create --client acme --app offboarding --invitee ada@acme.example --full-name "Ada Lovelace" --permission offboarding:read --expires-in 7d',
    )
  })

  test('a client has the keys that the contract names', async () => {
    const clients = await json<{ clientCode: string }[]>('client:list')
    expect(clients.map(({ clientCode }) => clientCode)).toEqual(['globex', 'acme'])
    expect(clients[1]).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      clientCode: 'acme',
      legalName: 'Acme Corporation',
      domain: 'acme.thepia.net',
      tier: 'free',
      region: 'EU',
      status: 'active',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  test('an invitation has the keys that the contract names, and its token in the fragment of its address', () => {
    expect(issued).toMatchObject({
      invitationCode: expect.any(String),
      clientCode: 'acme',
      appCode: 'offboarding',
      status: 'pending',
      maxUses: 1,
      usedCount: 0,
      expiresAt: expect.any(String),
      createdAt: expect.any(String),
    })
    expect(new URL(issued.url)).toMatchObject({ search: '', hash: expect.stringContaining(issued.token) })
  })

  test('it is validated without the database, with it, redeemed once, and refused the second time', async () => {
    const offline = await flowsDb(['invitation:validate', '--json'], {
      cwd,
      environment: { ...environment, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
      input: issued.token,
    })
    expect(JSON.parse(offline.stdout)).toMatchObject({ valid: true, claims: { sub: issued.id } })
    expect(offline.stdout).not.toContain('Lovelace')

    expect(await json('invitation:validate --online', 0, issued.token)).toMatchObject({
      valid: true,
      online: { status: 'pending', clientStatus: 'active' },
      invitee: { fullName: 'Ada Lovelace', companyEmail: 'ada@acme.example' },
    })
    const userId = randomUUID()
    expect(await json(`invitation:redeem --user ${userId}`, 0, issued.token)).toMatchObject({
      redeemed: true,
      invitationId: issued.id,
      clientCode: 'acme',
      permissions: ['offboarding:read'],
    })
    expect(await json(`invitation:redeem --user ${randomUUID()}`, 4, issued.token)).toMatchObject({
      error: { code: 'INVITATION_NOT_REDEEMABLE' },
    })
    expect(await json('invitation:validate --online', 8, issued.token)).toMatchObject({
      valid: false,
      reason: 'redeemed',
    })

    const claims = await accessTokenClaims(owner, userId)
    const seen = await actAs(authenticator, { role: 'authenticated', claims, readOnly: true }, (tx) =>
      tx.many(sql`select client_code from flows.current_client`),
    )
    expect(seen).toEqual([{ clientCode: 'acme' }])
  })

  test('the trail has the refusals, without a token or an address', async () => {
    const events = await json<{ verb: string; details: { reason?: string } }[]>(
      'audit:list --client acme --verb refuse',
    )
    expect(events.map(({ details }) => details.reason)).toContain('redeemed')
    const text = JSON.stringify(events)
    expect(text).not.toContain(issued.token)
    expect(text).not.toContain('ada@')
  })

  test('a client that is shut out sees nothing at once, and what it holds cannot be redeemed', async () => {
    const another = await json<Created>(
      'invitation:create --client globex --app offboarding --invitee x@globex.example --max-uses 2',
    )
    const userId = randomUUID()
    await json(`invitation:redeem --user ${userId}`, 0, another.token)
    const claims = await accessTokenClaims(owner, userId)
    await json('client:deactivate globex --confirm globex')
    const actor = { role: 'authenticated', claims, readOnly: true }
    expect(
      await actAs(authenticator, actor, (tx) => tx.many(sql`select id from flows.client_members`)),
    ).toEqual([])
    expect(await json(`invitation:redeem --user ${randomUUID()}`, 4, another.token)).toMatchObject({
      error: { code: 'INVITATION_NOT_REDEEMABLE' },
    })
    await json('client:reactivate globex')
    expect(
      await actAs(authenticator, actor, (tx) => tx.many(sql`select id from flows.client_members`)),
    ).toHaveLength(1)
  })
})

chmodSync(cwd, 0o755)
