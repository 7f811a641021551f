import { randomBytes } from 'node:crypto'
import { compactVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { restoreBackup } from '../../src/backup/restore-backup.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import { createClient } from '../../src/clients/create-client.ts'
import { findClient } from '../../src/clients/find-client.ts'
import { reuseClientCode } from '../../src/clients/reuse-client-code.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { tokenAuthority } from '../../src/invitations/token/authority.ts'
import { verifyToken } from '../../src/invitations/token/verify-token.ts'
import { validateInvitation } from '../../src/invitations/validate-invitation.ts'
import { clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { accessTokenClaims } from '../../src/members/access-token-claims.ts'
import { verifyCertificate } from '../../src/privacy/certificate.ts'
import { eraseClient } from '../../src/privacy/erase-client.ts'
import { eraseInvitation } from '../../src/privacy/erase-invitation.ts'
import { backUp, populatedClient, projectTable, settings } from '../backup/populated.ts'
import { invite } from '../invitations/client.ts'
import { authority, jwtSecret, keys } from '../invitations/forge.ts'
import { digestOf } from '../rls/digest.ts'
import { addMembers } from '../support/clients.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { owner, staff, url, authenticator } = await testDatabase()
await owner.script(projectTable)
const bystander = await populatedClient(owner)

/** How many rows each client-owned table has of a client, but for the trail. */
async function rowsOf(db: Database, clientId: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { schema, table, ownerColumn } of await clientOwnedTables(db)) {
    if (table === 'audit_events') continue
    const { rows } = await db.one<{ rows: number }>(sql`
      select count(*) as rows from ${identifier(schema, table)} where ${identifier(ownerColumn)} = ${clientId}::uuid`)
    counts[`${schema}.${table}`] = rows
  }
  expect(Object.keys(counts).length).toBeGreaterThan(10)
  return counts
}

test('an erased client has no row in any table, no key, no bucket and no claim; others are untouched', async () => {
  const client = await populatedClient(owner)
  const [member = ''] = await addMembers(owner, client, 1)
  const { token } = await invite(owner, client)
  const others = await digestOf(owner, bystander.id)
  const before = await rowsOf(owner, client.id)
  expect(before['flows.invitations']).toBe(3)

  const { certificate, accounts, wasErased } = await eraseClient(owner, client.clientCode, { authority })
  expect(wasErased).toBe(false)
  expect(accounts).toBe(3)
  const after = await rowsOf(owner, client.id)
  expect(Object.entries(after).filter(([, rows]) => rows > 0)).toEqual([])
  expect(await digestOf(owner, bystander.id)).toEqual(others)

  expect(Object.fromEntries(certificate.tables.map(({ table, rows }) => [table, rows]))).toEqual(before)
  expect(certificate).toMatchObject({
    clientCode: client.clientCode,
    keysDestroyed: 1,
    files: { bucketId: `flows-${client.clientCode}`, objects: 1, bytes: 1234 },
    lateRows: 0,
  })
  expect(certificate.completedAt).not.toBeNull()
  const { buckets } = await owner.one<{ buckets: number }>(sql`
    select (select count(*) from storage.buckets where id = ${`flows-${client.clientCode}`})
      + (select count(*) from storage.objects where bucket_id = ${`flows-${client.clientCode}`}) as buckets`)
  expect(buckets).toBe(0)
  expect((await accessTokenClaims(owner, member)).app_metadata).toEqual({})
  expect(verifyToken(token, authority)).toMatchObject({ valid: true })
  expect(await validateInvitation(owner, token, keys)).toMatchObject({ valid: false, reason: 'unknown' })
})

test('the trail tells of an erasure by one event, and keeps what it told before', async () => {
  const client = await populatedClient(owner)
  const events = sql`
    select verb, table_name, details - 'digest' - 'certificate' as details
    from flows.audit_events where client_id = ${client.id} order by created_at, id`
  const before = await owner.many(events)
  const { certificate } = await eraseClient(owner, client.clientCode, { authority, reason: 'mistake' })
  const after = await owner.many<{ verb: string }>(events)
  expect(after.slice(0, -1)).toEqual(before)
  expect(after.at(-1)).toMatchObject({
    verb: 'erase',
    tableName: 'clients',
    details: { reason: 'mistake', rows: certificate.rows, keysDestroyed: 1, objects: 1 },
  })
  expect(certificate.trail).toEqual({ events: before.length, days: 1095 })
})

test('the digests of the certificate are those of a backup that was made before', async () => {
  const client = await populatedClient(owner)
  const { tables } = await verifyBackup(await backUp(owner, client))
  const { certificate } = await eraseClient(owner, client.clientCode, { authority })
  const erased = new Map(certificate.tables.map(({ table, sha256 }) => [table, sha256]))
  const compared = tables
    .map(({ schema, table, sha256 }) => ({ table: `${schema}.${table}`, sha256 }))
    .filter(({ table }) => !['storage.buckets', 'flows.audit_events'].includes(table))
  expect(compared.length).toBeGreaterThan(10)
  for (const { table, sha256 } of compared) {
    expect({ table, sha256: erased.get(table) }).toEqual({ table, sha256 })
  }
})

test('a certificate is sealed: any JWS library verifies it, a changed one is refused, and it is no token', async () => {
  const client = await populatedClient(owner)
  const { certificate } = await eraseClient(owner, client.clientCode, { authority })
  const { seal, ...facts } = certificate
  const { payload } = await compactVerify(seal ?? '', Buffer.from(jwtSecret))
  expect(JSON.parse(Buffer.from(payload).toString())).toEqual(facts)
  expect(verifyCertificate(certificate, authority)).toBe(true)
  expect(verifyCertificate({ ...certificate, rows: certificate.rows + 1 }, authority)).toBe(false)
  expect(verifyCertificate({ ...certificate, seal: `${seal}A` }, authority)).toBe(false)
  const other = tokenAuthority({
    jwtSecret: randomBytes(32).toString('base64'),
    jwtIssuer: 'a',
    jwtAudience: 'b',
  })
  expect(verifyCertificate(certificate, other)).toBe(false)
  expect(verifyToken(seal ?? '', authority)).toMatchObject({ valid: false })
})

test('no text of the client is left in any table, whatever its columns held', async () => {
  const mark = `mark${randomBytes(6).toString('hex')}`
  const client = await populatedClient(owner)
  await owner.script(`
    update flows.clients set legal_name = '${mark}', domain = '${mark}.example' where id = '${client.id}';
    update flows.client_applications set app_name = '${mark}', settings = '{"a": "${mark}"}' where client_id = '${client.id}';
    update public."Case notes" set "the ""text""" = '${mark}', raw = '${mark}'::bytea where client_id = '${client.id}';
    update public.no_key set word = '${mark}', body = '"${mark}"' where client_id = '${client.id}';
    insert into storage.objects (bucket_id, name, metadata) values ('flows-${client.clientCode}', '${mark}', '{}')`)
  const found = sql`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'`
  const holding = async () => {
    const names: string[] = []
    for (const { name } of await owner.many<{ name: string }>(found)) {
      const { rows } = await owner.one<{ rows: number }>({
        text: `select count(*) as rows from ${name} t where t::text like $1 or t::text like $2`,
        values: [`%${mark}%`, `%${Buffer.from(mark).toString('hex')}%`],
      })
      if (rows > 0) names.push(name)
    }
    return names.sort()
  }
  expect(await holding()).toEqual([
    'flows.client_applications',
    'flows.clients',
    'public."Case notes"',
    'public.no_key',
    'storage.objects',
  ])
  await eraseClient(owner, client.clientCode, { authority })
  expect(await holding()).toEqual([])
})

test('a dry run tells what would be erased and changes nothing', async () => {
  const client = await populatedClient(owner)
  const before = await digestOf(owner, client.id)
  const { certificate } = await eraseClient(owner, client.clientCode, { authority, dryRun: true })
  expect(certificate.rows).toBeGreaterThan(10)
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('erasing again gives the same certificate; a client that never was is not found', async () => {
  const client = await populatedClient(owner)
  const first = await eraseClient(owner, client.clientCode, { authority })
  const again = await eraseClient(owner, client.clientCode, { authority })
  expect(again).toEqual({ certificate: first.certificate, accounts: null, wasErased: true })
  expect(verifyCertificate(again.certificate, authority)).toBe(true)
  const failing = eraseClient(owner, 'never-was', { authority })
  expect(await failureOf(failing)).toMatchObject({
    code: 'CLIENT_NOT_FOUND',
    message: 'There is no client "never-was"',
  })
})

test('the code of an erased client is not given to another by accident, but on purpose', async () => {
  const client = await populatedClient(owner)
  await eraseClient(owner, client.clientCode, { authority })
  const draft = { clientCode: client.clientCode, legalName: 'Another', region: 'EU' as const }
  expect(await failureOf(createClient(staff, draft, settings))).toMatchObject({
    code: 'CLIENT_CODE_ERASED',
    message: `The code "${client.clientCode}" belonged to a client that was erased`,
  })
  const made = await staff.transaction(async (tx) => {
    await reuseClientCode(tx, client.clientCode)
    return createClient(tx, draft, settings)
  })
  expect(made.id).not.toBe(client.id)
})

test('a backup of an erased client is refused; asked for, it brings rows back and opens nothing', async () => {
  const client = await populatedClient(owner)
  const { token } = await invite(owner, client)
  const file = await backUp(owner, client, { withKeys: true })
  const before = await rowsOf(owner, client.id)
  await eraseClient(owner, client.clientCode, { authority })
  for (const wish of [{}, { as: `${client.clientCode}-copy` }]) {
    expect(await failureOf(restoreBackup(owner, file, { settings, ...wish }))).toMatchObject({
      code: 'BACKUP_CLIENT_ERASED',
      message: `Client "${client.clientCode}" was erased after this backup was made`,
    })
  }
  const restored = await restoreBackup(owner, file, { settings, erased: true })
  expect(restored).toMatchObject({ mode: 'restored', erasedAgain: 3, newKey: true })
  const after = await rowsOf(owner, client.id)
  expect(after).toEqual({
    ...before,
    'flows_private.invitation_rates': 0,
    'flows_private.erasures': (before['flows_private.erasures'] ?? 0) + 3,
  })
  const { open } = await owner.one<{ open: number }>(sql`
    select (
        select count(*) from flows_private.invitation_secrets
        where client_id = ${client.id} and (pii_salt is not null or token_hash is not null)
      ) + (
        select count(*) from flows.invitations where client_id = ${client.id} and status <> 'erased'
      ) as open`)
  expect(open).toBe(0)
  expect(await validateInvitation(owner, token, keys)).toMatchObject({ valid: false, reason: 'erased' })

  const later = await backUp(owner, client)
  await restoreBackup(owner, later, { settings, replace: true })
  expect(await failureOf(restoreBackup(owner, file, { settings, replace: true }))).toMatchObject({
    code: 'BACKUP_CLIENT_ERASED',
  })
})

test('a copy of an erased client has only erased invitations, each in its own ledger, and stays so', async () => {
  const client = await populatedClient(owner)
  const { id } = await invite(owner, client)
  await eraseInvitation(owner, id, { clientCode: client.clientCode, reason: 'mistake' })
  const file = await backUp(owner, client, { withKeys: true })
  await eraseClient(owner, client.clientCode, { authority })
  const as = `${client.clientCode}-copy`
  const copy = await restoreBackup(owner, file, { settings, as, erased: true })
  expect(copy).toMatchObject({ mode: 'cloned', erasedAgain: 2, newKey: true })
  const states = () =>
    owner.many(sql`
      select i.status, e.reason, count(*) as invitations
      from flows.invitations i
      left join flows_private.erasures e on e.client_id = i.client_id and e.invitation_id = i.id
      where i.client_id = ${copy.clientId}
      group by i.status, e.reason`)
  const expected = [{ status: 'erased', reason: 'request', invitations: 3 }]
  expect(await states()).toEqual(expected)
  const { details } = await owner.one<{ details: unknown }>(sql`
    select details from flows.audit_events where client_id = ${copy.clientId} and verb = 'restore'`)
  expect(details).toMatchObject({ mode: 'cloned', erasedAgain: 2 })
  const { back } = await owner.one<{ back: boolean }>(sql`
    select restored_at is not null as back from flows_private.client_erasures where erased_client = ${client.id}`)
  expect(back).toBe(false)

  const copied = await backUp(owner, { ...client, id: copy.clientId, clientCode: as })
  await restoreBackup(owner, copied, { settings, replace: true })
  expect(await states()).toEqual(expected)
})

test('a copy of an erased client is refused as its return is, and does not take its code', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  await eraseClient(owner, client.clientCode, { authority })
  const { clientCode } = client
  const copy = (as: string, more: { erased?: boolean } = {}) =>
    failureOf(restoreBackup(owner, file, { settings, as, ...more }))
  const refusal = {
    code: 'BACKUP_CLIENT_ERASED',
    message: `Client "${clientCode}" was erased after this backup was made`,
  }
  expect(await copy(`${clientCode}-copy`)).toMatchObject(refusal)
  expect(await copy(clientCode)).toMatchObject(refusal)
  expect(await copy(clientCode, { erased: true })).toMatchObject({
    code: 'CLIENT_CODE_ERASED',
    message: `The code "${clientCode}" belonged to a client that was erased`,
  })
  await restoreBackup(owner, file, { settings, erased: true })
  expect(await copy(`${clientCode}-copy`)).toMatchObject(refusal)
  const dryRun = await restoreBackup(owner, file, {
    settings,
    as: `${clientCode}-copy`,
    erased: true,
    dryRun: true,
  })
  expect(dryRun).toMatchObject({ mode: 'cloned', erasedAgain: 2 })
})

test('the code of an erased client is not taken by a copy of another', async () => {
  const client = await populatedClient(owner)
  await eraseClient(owner, client.clientCode, { authority })
  const failing = restoreBackup(owner, await backUp(owner, bystander), { settings, as: client.clientCode })
  expect(await failureOf(failing)).toMatchObject({ code: 'CLIENT_CODE_ERASED' })
})

test('rows that carry no client_id and refer to the client are named, and nothing is erased', async () => {
  await owner.script(`
    create table public.loose (id uuid primary key, note_client uuid, note_id uuid,
      foreign key (note_client, note_id) references public."Case notes" (client_id, id) on delete cascade);`)
  onTestFinished(() => owner.script('drop table public.loose'))
  const client = await populatedClient(owner)
  const before = await digestOf(owner, client.id)
  await owner.run(sql`
    insert into public.loose select gen_random_uuid(), client_id, id from public."Case notes"
    where client_id = ${client.id} limit 1`)
  expect(await failureOf(eraseClient(owner, client.clientCode, { authority }))).toMatchObject({
    code: 'CLIENT_REFERRED_TO',
    message: "Rows of public.loose that are not the client's refer to its rows of public.Case notes",
  })
  expect(await digestOf(owner, client.id)).toEqual(before)
  await owner.run(sql`delete from public.loose`)
  expect((await eraseClient(owner, client.clientCode, { authority })).certificate.rows).toBeGreaterThan(10)
})

test('in a partition with a foreign key of its own, only rows of others keep a client from being erased', async () => {
  await owner.script(`
    create table public.files (id uuid primary key default gen_random_uuid(), client_id uuid not null);
    create table public.reads (client_id uuid, year integer, file_id uuid) partition by list (year);
    create table public.reads_26 partition of public.reads for values in (26) partition by list (client_id);
    create table public.reads_26_all partition of public.reads_26 default;
    alter table public.reads_26_all add foreign key (file_id) references public.files (id)`)
  onTestFinished(() => owner.script('drop table public.reads, public.files'))
  const client = await populatedClient(owner)
  await owner.run(sql`insert into public.files (client_id) values (${client.id})`)
  await owner.run(sql`
    insert into public.reads
    select reader, 26, id from public.files, unnest(array[${client.id}, ${bystander.id}]::uuid[]) reader`)
  expect(await failureOf(eraseClient(owner, client.clientCode, { authority }))).toMatchObject({
    code: 'CLIENT_REFERRED_TO',
    message: "Rows of public.reads that are not the client's refer to its rows of public.files",
  })
  await owner.run(sql`delete from public.reads where client_id = ${bystander.id}`)
  await eraseClient(owner, client.clientCode, { authority })
  expect(await rowsOf(owner, client.id)).toMatchObject({ 'public.reads': 0, 'public.files': 0 })
})

test('writers of the client end or fail, and none leaves a row behind', async () => {
  const client = await populatedClient(owner)
  const others = await digestOf(owner, bystander.id)
  const writers = await connect(url, { size: 6 })
  onTestFinished(() => writers.close())
  let writing = true
  let written = 0
  const write = async (statement: () => ReturnType<typeof sql>) => {
    while (writing) {
      try {
        await writers.transaction((tx) => tx.run(statement()))
        written += 1
      } catch (error) {
        // The client is gone, or this writer lost against the erasure.
        expect(String((error as { code?: string }).code)).toMatch(/^(23503|40P01|55P03)$/)
      }
    }
  }
  const work = [
    write(
      () =>
        sql`insert into flows.client_members (client_id, user_id) values (${client.id}, gen_random_uuid())`,
    ),
    write(() => sql`insert into public."Case notes" (client_id) values (${client.id})`),
    write(
      () =>
        sql`update flows.invitations set max_uses = max_uses % 9 + used_count + 1 where client_id = ${client.id} and status = 'pending'`,
    ),
    write(() => sql`update flows.clients set legal_name = 'Other' where id = ${client.id}`),
  ]
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { certificate } = await eraseClient(owner, client.clientCode, { authority })
  writing = false
  await Promise.all(work)
  expect(written).toBeGreaterThan(20)
  expect(certificate.completedAt).not.toBeNull()
  expect(Object.values(await rowsOf(owner, client.id)).every((rows) => rows === 0)).toBe(true)
  expect(await digestOf(owner, bystander.id)).toEqual(others)
})

test('what an open transaction writes past the erasure is swept up once it has ended', async () => {
  const client = await populatedClient(owner)
  const writer = await connect(url)
  onTestFinished(() => writer.close())
  let erasing: ReturnType<typeof eraseClient> | undefined
  await writer.transaction(async (tx) => {
    // A table without a foreign key to the client: nothing makes it wait.
    await tx.run(sql`insert into public.no_key (client_id, word) values (${client.id}, 'late')`)
    erasing = eraseClient(owner, client.clientCode, { authority })
    await expect
      .poll(async () => Object.values(await rowsOf(owner, client.id)).every((rows) => rows === 0), {
        timeout: 10_000,
      })
      .toBe(true)
  })
  const { certificate } = (await erasing) ?? { certificate: undefined }
  expect(certificate).toMatchObject({ lateRows: 1 })
  expect(verifyCertificate(certificate, authority)).toBe(true)
  expect(await rowsOf(owner, client.id)).toMatchObject({ 'public.no_key': 0 })
})

test('a transaction that began after the erasing one is waited for, too', async () => {
  const client = await populatedClient(owner)
  const [holder, writer] = [await connect(url), await connect(url)]
  onTestFinished(async () => {
    await Promise.all([holder.close(), writer.close()])
  })
  let erasing: ReturnType<typeof eraseClient> | undefined
  await writer.transaction(async (late) => {
    await holder.transaction(async (tx) => {
      await tx.run(sql`select from public."Case notes" where client_id = ${client.id} for update`)
      erasing = eraseClient(owner, client.clientCode, { authority })
      await expect
        .poll(
          () =>
            tx.one(sql`
              select count(*) > 0 as waits from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`),
          { timeout: 10_000 },
        )
        .toEqual({ waits: true })
      await late.run(sql`insert into public.no_key (client_id, word) values (${client.id}, 'late')`)
    })
    await expect.poll(() => findClient(owner, client.clientCode), { timeout: 10_000 }).toBeUndefined()
    // Long enough for an erasure that waits for nobody to end.
    await new Promise((resolve) => setTimeout(resolve, 500))
  })
  expect(await erasing).toMatchObject({ certificate: { lateRows: 1, completedAt: expect.any(String) } })
  expect(await rowsOf(owner, client.id)).toMatchObject({ 'public.no_key': 0 })
})

test('a client that was restored while its erasure waits is left alone', async () => {
  const client = await populatedClient(owner)
  const file = await backUp(owner, client)
  const before = await rowsOf(owner, client.id)
  const older = await connect(url)
  onTestFinished(() => older.close())
  let erasing: ReturnType<typeof eraseClient> | undefined
  await older.transaction(async (tx) => {
    await tx.run(sql`insert into public.no_key (client_id, word) values (${bystander.id}, 'held')`)
    erasing = eraseClient(owner, client.clientCode, { authority })
    await expect
      .poll(async () => Object.values(await rowsOf(owner, client.id)).every((rows) => rows === 0), {
        timeout: 10_000,
      })
      .toBe(true)
    await restoreBackup(owner, file, { settings, erased: true })
  })
  expect(await erasing).toMatchObject({ certificate: { completedAt: null, lateRows: 0 } })
  expect(await rowsOf(owner, client.id)).toMatchObject({
    'flows.clients': 1,
    'flows.invitations': before['flows.invitations'],
    'public.no_key': before['public.no_key'],
  })
  const { entry } = await owner.one<{ entry: unknown }>(sql`
    select to_jsonb(e) as entry from flows_private.client_erasures e where erased_client = ${client.id}`)
  expect(entry).toMatchObject({ completed_at: null, bucket_id: null, certificate: { completedAt: null } })
})

test('the bucket of an erased client whose files are still there is nobody else’s', async () => {
  const bucketId = `flows-left-${randomBytes(4).toString('hex')}`
  await owner.run(sql`insert into storage.buckets (id, name) values (${bucketId}, ${bucketId})`)
  await owner.run(sql`
    insert into flows_private.client_erasures
      (erased_client, client_code, reason, erased_at, audit_days, bucket_id, certificate)
    values (gen_random_uuid(), ${bucketId}, 'request', now(), 1, ${bucketId}, '{}')`)
  const asked = await authenticator.transaction(async (tx) => {
    await tx.run(sql`set local role authenticated`)
    return tx.one<{ isClients: boolean }>(sql`select flows_gate.is_client_bucket(${bucketId}) as is_clients`)
  })
  expect(asked).toEqual({ isClients: true })
})
