import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { moveOn } from '../../src/backup/sequences.queries.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../invitations/client.ts'
import { makeDatabase, testDatabase } from '../support/database.ts'
import { templateName } from '../support/server.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { backUp, settings } from './populated.ts'

/** Keys as many projects have them: whole numbers that all clients draw from one sequence. */
const tables = `
  create table public.tickets (
    client_id uuid not null references flows.clients (id),
    id bigint generated always as identity primary key,
    parent_id bigint references public.tickets (id),
    number serial,
    title text
  );
  create sequence public."Comment numbers";
  create table public.comments (
    client_id uuid not null references flows.clients (id),
    id integer not null default nextval('public."Comment numbers"'),
    ticket_id bigint references public.tickets (id),
    primary key (client_id, id)
  )`
const { owner } = await testDatabase()
await owner.script(tables)

async function clientWithTickets() {
  const client = await newClient(owner)
  await owner.script(`
    insert into public.tickets (client_id, title) select '${client.id}', 'ticket ' || n from generate_series(1, 20) n;
    update public.tickets t set parent_id = (select min(id) from public.tickets where client_id = '${client.id}')
    where client_id = '${client.id}' and title <> 'ticket 1';
    insert into public.comments (client_id, ticket_id) select client_id, id from public.tickets where client_id = '${client.id}';
    insert into public.comments (client_id) values ('${client.id}')`)
  return client
}

/** What hangs on what, by what is written in it. */
function treeOf(db: Database, id: string): Promise<unknown[]> {
  return db.many(sql`
    select t.title, t.number, p.title as parent, count(c.id) as comments
    from public.tickets t
    left join public.tickets p on p.id = t.parent_id
    left join public.comments c on c.ticket_id = t.id and c.client_id = t.client_id
    where t.client_id = ${id}
    group by t.id, p.id
    order by t.id`)
}

async function idsOf(db: Database, id: string): Promise<number[]> {
  const rows = await db.many<{ id: number }>(sql`
    select id from public.tickets where client_id = ${id}
    union all select -id from public.comments where client_id = ${id}`)
  return rows.map((row) => row.id)
}

/** Another database with the same tables, and two connections to it. */
async function otherDatabase(): Promise<{ other: Database; beside: Database }> {
  const { url, drop } = await makeDatabase(templateName)
  const [other, beside] = [await connect(url), await connect(url)]
  onTestFinished(async () => {
    await other.close()
    await beside.close()
    await drop()
  })
  await other.script(tables)
  return { other, beside }
}

test.each(['a.sql', 'a.fdb'])(
  'a copy from %s draws numbers of its own, and what refers to them follows',
  async (name) => {
    const client = await clientWithTickets()
    const file = await backUp(owner, client, { file: join(tempFolder(), name) })
    const { clientId } = await restoreBackup(owner, file, { settings, as: `${client.clientCode}-copy` })
    expect(await treeOf(owner, clientId)).toEqual(await treeOf(owner, client.id))
    const [original, copied] = [await idsOf(owner, client.id), await idsOf(owner, clientId)]
    expect(copied).toHaveLength(41)
    expect(copied.filter((id) => original.includes(id))).toEqual([])
    await owner.script(`insert into public.tickets (client_id) values ('${clientId}')`)
  },
)

test('a client that comes from another database moves sequences on, and never back', async () => {
  await owner.script(`
    alter sequence public.tickets_id_seq restart with 5000; select setval('public."Comment numbers"', 7000)`)
  const client = await clientWithTickets()
  const file = await backUp(owner, client)
  const { other } = await otherDatabase()
  await other.script(`select setval('public."Comment numbers"', 900000)`)
  const drawn = () => other.one(sql`select last_value, is_called from public.tickets_id_seq`)
  const before = await drawn()
  await restoreBackup(other, file, { settings, dryRun: true })
  expect(await drawn()).toEqual(before)
  await restoreBackup(other, file, { settings })
  expect(await treeOf(other, client.id)).toEqual(await treeOf(owner, client.id))
  const added = await other.one<{ id: number; number: number }>(sql`
    insert into public.tickets (client_id) values (${client.id}) returning id, number`)
  expect(added.id).toBe(Math.max(...(await idsOf(owner, client.id))) + 1)
  expect(
    await other.one(sql`insert into public.comments (client_id) values (${client.id}) returning id`),
  ).toEqual({
    id: 900001,
  })
})

test('whoever draws while a sequence is moved on waits, and gets a number behind the new ones', async () => {
  const { other, beside } = await otherDatabase()
  const sequence = 'public.tickets_id_seq'
  let drawing: Promise<{ drawn: number }> | undefined
  await other.transaction(async (tx) => {
    await moveOn(tx, sequence, '1000')
    drawing = beside.one<{ drawn: number }>(sql`select nextval(${sequence}) as drawn`)
    const waiting = async () =>
      (await tx.one<{ count: number }>(sql`select count(*) as count from pg_locks where not granted`)).count
    while ((await waiting()) === 0);
  })
  expect(await drawing).toEqual({ drawn: 1001 })
  await other.script(`select setval('${sequence}', 2000)`)
  await other.transaction((tx) => moveOn(tx, sequence, '1500'))
  expect(await other.one(sql`select nextval(${sequence}) as drawn`)).toEqual({ drawn: 2001 })
})
