import { expect, test } from 'vitest'
import { type RestoreOptions, restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import type { Client } from '../../src/clients/client.ts'
import { sql } from '../../src/database/sql.ts'
import { newClient } from '../invitations/client.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { backUp, settings } from './populated.ts'

const { owner } = await testDatabase()

function restore(file: string, wish: Partial<RestoreOptions>) {
  return restoreBackup(owner, file, { settings, ...wish })
}

/** What is refused: the reason, behind the words that every such error begins with. */
function unfit(reason: string) {
  return { code: 'BACKUP_UNFIT', message: `The backup does not fit this database: ${reason}` }
}

async function twoClients(): Promise<{ client: Client; other: Client }> {
  return { client: await newClient(owner), other: await newClient(owner) }
}

test.each([
  ['unique', 'unique (host)'],
  ['exclude', 'exclude using gist (period with &&)'],
  ['unique_nulls', 'unique nulls not distinct (empty)'],
])('a deferrable constraint, %s, holds after a restore and a copy', async (name, definition) => {
  const { client, other } = await twoClients()
  const table = `public.held_${name}`
  await owner.script(`
    create table ${table} (
      client_id uuid not null references flows.clients (id), id uuid default gen_random_uuid(), host text,
      period tsrange, empty text, primary key (client_id, id),
      constraint meets_${name} ${definition} deferrable initially deferred);
    insert into ${table} (client_id, host, period)
    values ('${client.id}', 'www', '[2025-01-01, 2025-01-03)')`)
  const file = await backUp(owner, client)
  expect(await failureOf(restore(file, { as: `${client.clientCode}-copy` }))).toMatchObject(
    unfit(`a row of ${table} breaks meets_${name}`),
  )
  await owner.script(`
    delete from ${table} where client_id = '${client.id}';
    insert into ${table} (client_id, host, period)
    values ('${other.id}', 'www', '[2025-01-02, 2025-01-05)')`)
  expect(await failureOf(restore(file, { replace: true }))).toMatchObject(
    unfit(`a row of ${table} breaks meets_${name}`),
  )
  await owner.script(`delete from ${table} where client_id = '${other.id}'`)
  expect(await restore(file, { replace: true })).toMatchObject({ mode: 'replaced' })
  await owner.script(`drop table ${table}`)
})

test('rows of others that refer to what the backup lacks take the whole restore back', async () => {
  const { client, other } = await twoClients()
  await owner.script(`
    create table public.notes (client_id uuid not null references flows.clients (id), id uuid primary key);
    create table public.links (
      client_id uuid, id uuid primary key default gen_random_uuid(), note_id uuid references public.notes (id))`)
  const file = await backUp(owner, client)
  for (const linked of [`'${other.id}'`, 'null']) {
    await owner.script(`
      insert into public.notes values ('${client.id}', gen_random_uuid());
      insert into public.links (client_id, note_id)
      select ${linked}, id from public.notes where client_id = '${client.id}'`)
    expect(await failureOf(restore(file, { replace: true }))).toMatchObject(
      unfit(
        "rows of public.links that are not the client's refer to rows of public.notes that are not there (links_note_id_fkey)",
      ),
    )
    await owner.script('delete from public.links where true; delete from public.notes where true')
  }
  expect(await restore(file, { replace: true })).toMatchObject({ mode: 'replaced' })
  await owner.script('drop table public.links, public.notes')
})

test('a copy follows foreign keys that were never validated, and rows from before them are restored', async () => {
  const client = await newClient(owner)
  await owner.script(`
    create table public.folders (client_id uuid not null references flows.clients (id), id uuid primary key);
    create table public.papers (
      client_id uuid not null references flows.clients (id), id uuid primary key default gen_random_uuid(), folder_id uuid);
    insert into public.papers (client_id, folder_id) values ('${client.id}', gen_random_uuid());
    alter table public.papers add foreign key (folder_id) references public.folders (id) not valid;
    insert into public.folders values ('${client.id}', gen_random_uuid());
    insert into public.papers (client_id, folder_id)
    select client_id, id from public.folders where client_id = '${client.id}'`)
  const file = await backUp(owner, client)
  expect(await restore(file, { replace: true })).toMatchObject({ mode: 'replaced' })
  const { clientId } = await restore(file, { as: `${client.clientCode}-copy` })
  const led = await owner.many(sql`
    select f.client_id from public.papers p left join public.folders f on f.id = p.folder_id
    where p.client_id = ${clientId} order by f.client_id`)
  expect(led).toEqual([{ clientId }, { clientId: null }])
  await owner.script('drop table public.papers, public.folders')
})

test('tables of a schema whose name begins with an underscore are backed up, those of services are not', async () => {
  const client = await newClient(owner)
  for (const schema of ['_app', '_realtime', '_timescaledb_internal']) {
    await owner.script(`
      create schema ${schema};
      create table ${schema}.people (client_id uuid references flows.clients (id), id uuid primary key)`)
  }
  const { tables } = await verifyBackup(await backUp(owner, client))
  const people = tables.filter(({ table }) => table === 'people').map(({ schema }) => schema)
  expect(people).toEqual(['_app'])
  await owner.script('drop schema _app, _realtime, _timescaledb_internal cascade')
})

test("a copy maps user_id where it is a row of the client's own, and lets accounts be", async () => {
  const client = await newClient(owner)
  await owner.script(`
    create table public.users (client_id uuid not null references flows.clients (id), id uuid, primary key (client_id, id));
    create table public.tasks (
      client_id uuid not null references flows.clients (id), id uuid default gen_random_uuid(), user_id uuid,
      primary key (client_id, id), foreign key (client_id, user_id) references public.users (client_id, id));
    insert into public.users values ('${client.id}', gen_random_uuid());
    insert into public.tasks (client_id, user_id) select client_id, id from public.users where client_id = '${client.id}'`)
  const file = await backUp(owner, client)
  const { clientId } = await restore(file, { as: `${client.clientCode}-copy` })
  const { mapped } = await owner.one<{ mapped: boolean }>(sql`
    select t.user_id = u.id as mapped
    from public.tasks t join public.users u on u.client_id = t.client_id
    where t.client_id = ${clientId}`)
  expect(mapped).toBe(true)
  await owner.script('drop table public.tasks, public.users')
})

test('a row may name another client, and comes back', async () => {
  const { client, other } = await twoClients()
  await owner.script(`
    create table public.orders (
      client_id uuid not null references flows.clients (id), id uuid default gen_random_uuid(),
      supplier_id uuid references flows.clients (id), primary key (client_id, id));
    insert into public.orders (client_id, supplier_id) values ('${client.id}', '${other.id}')`)
  const file = await backUp(owner, client)
  expect(await restore(file, { replace: true })).toMatchObject({ mode: 'replaced' })
  await owner.script('drop table public.orders')
})

test('a copy follows a foreign key that a partition has alone', async () => {
  const client = await newClient(owner)
  await owner.script(`
    create table public.files (client_id uuid not null references flows.clients (id), id uuid primary key);
    create table public.reads (client_id uuid not null, year integer, file_id uuid) partition by list (year);
    create table public.reads_26 partition of public.reads for values in (26);
    alter table public.reads_26 add constraint reads_26_file foreign key (file_id) references public.files (id);
    insert into public.files values ('${client.id}', gen_random_uuid());
    insert into public.reads select client_id, 26, id from public.files where client_id = '${client.id}'`)
  const file = await backUp(owner, client)
  const { clientId } = await restore(file, { as: `${client.clientCode}-copy` })
  const { led } = await owner.one<{ led: boolean }>(sql`
    select f.client_id = r.client_id as led
    from public.reads r join public.files f on f.id = r.file_id
    where r.client_id = ${clientId}`)
  expect(led).toBe(true)
  await owner.script('drop table public.reads, public.files')
})
