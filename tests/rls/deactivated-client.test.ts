import { expect, test } from 'vitest'
import { actAs, actAsClient } from '../../src/database/act-as.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { testDatabase } from '../support/database.ts'
import { attackAll, columnsOf, troubles } from './attacks.ts'
import { claimsOf } from './contexts.ts'
import { digestOf } from './digest.ts'
import { seedClient } from './seed.ts'

const { owner, staff, authenticator } = await testDatabase()
const acme = await seedClient(owner, 'canary-acme')
const asMember = { role: 'authenticated', claims: claimsOf(acme) }

const deactivate = sql`
  update flows.clients set status = 'inactive', deactivated_at = now() where id = ${acme.clientId}`
const reactivate = sql`
  update flows.clients set status = 'active', deactivated_at = null where id = ${acme.clientId}`

test('members of a deactivated client see and change nothing at once, with tokens that are still valid', async () => {
  const visible = () =>
    actAs(authenticator, { ...asMember, readOnly: true }, (tx) =>
      tx.many(sql`select client_code from flows.current_client`),
    )
  expect(await visible()).toHaveLength(1)

  await staff.run(deactivate)
  const before = await digestOf(owner, acme.clientId)
  expect(await visible()).toEqual([])
  const columns = await columnsOf(owner)
  for (const kind of ['read', 'write'] as const) {
    const outcomes = await actAs(authenticator, { ...asMember, readOnly: kind === 'read' }, (tx) =>
      attackAll(tx, acme, { kind, ownsNothing: true, columns }),
    )
    expect(outcomes.length).toBeGreaterThan(20)
    expect(troubles(outcomes)).toEqual([])
  }
  expect(await digestOf(owner, acme.clientId)).toEqual(before)

  await staff.run(reactivate)
  expect(await visible()).toHaveLength(1)
})

test('a transaction that is open when its client is deactivated sees nothing from its next statement on', async () => {
  const seen = await actAs(authenticator, asMember, async (tx) => {
    const count = sql`select count(*) as rows from flows.invitations`
    const before = await tx.one<{ rows: number }>(count)
    await staff.run(deactivate)
    return [before, await tx.one<{ rows: number }>(count)]
  })
  await staff.run(reactivate)
  expect(seen).toEqual([{ rows: 1 }, { rows: 0 }])
})

test('the library cannot act as a deactivated client', async () => {
  await staff.run(deactivate)
  const attempt = actAsClient(staff, acme.clientId, (tx) => tx.many(sql`select from flows.invitations`))
  await expect(attempt).rejects.toMatchObject({
    code: 'CLIENT_INACTIVE',
    message: 'There is no active client with this id',
  })
  await staff.run(reactivate)
})

test('staff still sees everything of a deactivated client', async () => {
  await staff.run(deactivate)
  for (const { schema, table, ownerColumn } of await clientOwnedTables(owner)) {
    const { rows } = await staff.one<{ rows: number }>(sql`
      select count(*) as rows from ${identifier(schema, table)} where ${identifier(ownerColumn)} = ${acme.clientId}`)
    expect({ table, some: rows > 0 }).toEqual({ table, some: true })
  }
  await staff.run(reactivate)
})
