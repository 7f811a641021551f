import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { listAuditEvents } from '../../src/audit/list-audit-events.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { type Actor, actAs } from '../../src/database/act-as.ts'
import type { Sql } from '../../src/database/sql.ts'
import { sql } from '../../src/database/sql.ts'
import { accessRules } from '../schema/access-rules.ts'
import { keyRules } from '../schema/key-rules.ts'
import { policyRules } from '../schema/policy-rules.ts'
import { faultsOf } from '../schema/rules.ts'
import { memberClaims, newClient } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'

const { owner, staff, authenticator } = await testDatabase()
const recipe = readFileSync(packagePath('templates', 'rls-policies.sql'), 'utf8')
await owner.script(recipe.replaceAll('{{schema}}', 'flows').replaceAll('{{table}}', 'handovers'))
const [acme, globex] = [await newClient(staff), await newClient(staff)]
for (const { id } of [acme, globex]) {
  await staff.run(sql`insert into flows.handovers (client_id, title) values (${id}, 'The keys')`)
}
const member: Actor = { role: 'authenticated', claims: memberClaims(acme) }
const denied = { code: 'DATABASE_PERMISSION_DENIED' }

function run(actor: Actor, statement: Sql): Promise<number> {
  return actAs(authenticator, actor, (tx) => tx.run(statement))
}

for (const rule of [...keyRules, ...accessRules, ...policyRules]) {
  test(`a table made from templates/rls-policies.sql breaks no rule: ${rule.rule}`, async () => {
    expect((await faultsOf(owner, rule)).filter((fault) => fault.includes('handovers'))).toEqual([])
  })
}

test('a member sees, adds, changes and deletes rows of its client in it', async () => {
  expect(
    await run(member, sql`insert into flows.handovers (client_id, title) values (${acme.id}, 'The car')`),
  ).toBe(1)
  expect(await run(member, sql`update flows.handovers set title = 'The van' where title = 'The car'`)).toBe(1)
  const titles = await actAs(authenticator, member, (tx) =>
    tx.many(sql`select title from flows.handovers order by 1`),
  )
  expect(titles).toEqual([{ title: 'The keys' }, { title: 'The van' }])
  expect(await run(member, sql`delete from flows.handovers where title = 'The van'`)).toBe(1)
})

test('a member reaches no row of another client in it', async () => {
  expect(await run(member, sql`select from flows.handovers where client_id = ${globex.id}`)).toBe(0)
  expect(
    await run(member, sql`update flows.handovers set title = 'Mine' where client_id = ${globex.id}`),
  ).toBe(0)
  expect(await run(member, sql`delete from flows.handovers where client_id = ${globex.id}`)).toBe(0)
  for (const attempt of [
    sql`insert into flows.handovers (client_id, title) values (${globex.id}, 'Planted')`,
    sql`update flows.handovers set client_id = ${globex.id} where title = 'The keys'`,
  ]) {
    await expect(run(member, attempt)).rejects.toMatchObject(denied)
  }
})

test.each([
  ['no claims', { role: 'authenticated' }],
  ['empty claims', { role: 'authenticated', claims: {} }],
  [
    'a client of its own making',
    { role: 'authenticated', claims: { user_metadata: { client_id: acme.id } } },
  ],
] satisfies [string, Actor][])('someone with %s sees no row of it', async (_, actor) => {
  expect(await run(actor, sql`select from flows.handovers`)).toBe(0)
})

test('who is not signed in may not even ask', async () => {
  await expect(run({ role: 'anon' }, sql`select from flows.handovers`)).rejects.toMatchObject(denied)
})

test('what happens in it is in the trail, by column and not by value', async () => {
  await run(member, sql`update flows.handovers set title = 'Secret words' where title = 'The keys'`)
  const [event] = await listAuditEvents(staff, { table: 'handovers', clientId: acme.id, limit: 1 })
  expect(event).toMatchObject({ verb: 'update', changedColumns: ['title'], details: {} })
})
