import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { expect, onTestFinished, test } from 'vitest'
import { listAuditEvents } from '../../src/audit/list-audit-events.ts'
import { connect } from '../../src/database/connect.ts'
import { identifier, sql } from '../../src/database/sql.ts'
import { type ClientOwnedTable, clientOwnedTables } from '../../src/isolation/client-owned-tables.ts'
import { exportClient } from '../../src/privacy/export-client.ts'
import { populatedClient, projectTable } from '../backup/populated.ts'
import { digestOf } from '../rls/digest.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { unzip } from './unzip.ts'

const { owner, url } = await testDatabase()
await owner.script(projectTable)
const client = await populatedClient(owner)
const bystander = await populatedClient(owner)

/** Columns that an export holds: all but generated ones, and bytes of flows_private. */
const exported = ({ schema, table, ownerColumn }: ClientOwnedTable) => sql`
  select a.attname::text as name
  from pg_attribute a
  where a.attrelid = format('%I.%I', ${schema}::text, ${table}::text)::regclass and a.attnum > 0
    and not a.attisdropped and a.attgenerated = ''
    and not (${schema} = 'flows_private' and a.atttypid = 'bytea'::regtype)
  order by a.attname <> ${ownerColumn}, a.attnum`

test('every row of every client-owned table is in it, as JSON and as CSV, and no row of another client', async () => {
  const { file, parts, rows } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const files = await unzip(file ?? '')
  const tables = await clientOwnedTables(owner)
  expect(tables.length).toBeGreaterThan(10)
  for (const each of tables) {
    const { schema, table, ownerColumn } = each
    const columns = await owner.many<{ name: string }>(exported(each))
    const list = columns.map(({ name }) => identifier(name).text).join(', ')
    // The event of the export itself comes after it.
    const others = table === 'audit_events' ? "and table_name <> 'exports'" : ''
    const source = `select ${list} from ${identifier(schema, table).text} where ${ownerColumn} = $1 ${others}`
    const wanted = await owner.many<{ row: object }>({
      text: `select to_jsonb(t) as row from (${source}) t`,
      values: [client.id],
    })
    const name = `${schema}.${table}`
    const found: object[] = JSON.parse(files.get(`${name}.json`) ?? 'null')
    expect({ name, rows: found.length }).toEqual({ name, rows: wanted.length })
    expect({ name, part: parts.find((part) => part.name === name)?.rows }).toEqual({
      name,
      part: wanted.length,
    })
    const csv: Record<string, string>[] = parse(files.get(`${name}.csv`) ?? '', { columns: true })
    expect(csv.length).toBe(wanted.length)
    // Moments are of the zone of the session, so both sides are read as moments.
    const comparable = (rows: readonly object[]) =>
      rows
        .map((row) =>
          JSON.stringify(row, (_, value) =>
            typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*\+/.test(value) ? Date.parse(value) : value,
          ),
        )
        .map((row) => JSON.stringify(Object.entries(JSON.parse(row)).sort()))
        .sort()
    const json = wanted.map(({ row }) => row)
    expect({ name, rows: comparable(found) }).toEqual({ name, rows: comparable(json) })
    expect(Object.keys(csv[0] ?? {})).toEqual(wanted.length === 0 ? [] : columns.map((column) => column.name))
  }
  expect(rows).toBeGreaterThan(30)
  for (const [name, text] of files) {
    expect({ name, ofAnother: text.includes(bystander.id) }).toEqual({ name, ofAnother: false })
  }
})

test('values come out as they are: text, bytes, numbers, moments, lists and nested JSON', async () => {
  const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const files = await unzip(file ?? '')
  const notes: Record<string, unknown>[] = JSON.parse(files.get('public.Case notes.json') ?? '')
  const wanted = await owner.many<{ text: string | null }>(sql`
    select "the ""text""" as text from public."Case notes" where client_id = ${client.id}`)
  expect(notes.map((note) => note['the "text"']).sort()).toEqual(wanted.map(({ text }) => text).sort())
  expect(notes[0]).toMatchObject({
    client_id: client.id,
    raw: '\\x00ff5c2e0a',
    amount: 0.1,
    took: '-1 years +3 days',
  })
  expect(JSON.parse(files.get('public.no_key.json') ?? '')).toEqual(
    expect.arrayContaining([{ client_id: client.id, word: 'a', body: [1] }]),
  )
  const csv: Record<string, string>[] = parse(files.get('public.Case notes.csv') ?? '', { columns: true })
  expect(csv.map((note) => note['the "text"']).sort()).toEqual(wanted.map(({ text }) => text ?? '').sort())
  expect(JSON.parse(files.get('files.json') ?? '')).toMatchObject([{ name: 'a.pdf', bytes: 1234 }])
})

test('a table of any name has files of a safe name of its own, and the README says whose rows they are', async () => {
  await owner.script(`
    create table public."../../x" (client_id uuid, note text);
    create table public."..\\..\\x" (client_id uuid, note text);
    create table public.".._.._x" (client_id uuid, note text);
    create table public."CASE NOTES" (client_id uuid, note text);
    create table public."a|b" (client_id uuid, note text)`)
  onTestFinished(() =>
    owner.script(
      'drop table public."../../x", public."..\\..\\x", public.".._.._x", public."CASE NOTES", public."a|b"',
    ),
  )
  for (const table of ['../../x', '..\\..\\x', '.._.._x', 'CASE NOTES', 'a|b']) {
    await owner.run(sql`insert into ${identifier('public', table)} values (${client.id}, ${table})`)
  }
  const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const files = await unzip(file ?? '')
  const noteIn = (name: string) => JSON.parse(files.get(`public.${name}.json`) ?? 'null')[0].note
  expect({
    own: noteIn('.._.._x'),
    others: [noteIn('.._.._x-2'), noteIn('.._.._x-3')].sort(),
    bar: noteIn('a_b'),
    capitals: noteIn('CASE NOTES'),
  }).toEqual({ own: '.._.._x', others: ['../../x', '..\\..\\x'], bar: 'a|b', capitals: 'CASE NOTES' })
  const names = [...files.keys()]
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
  expect(names.filter((name) => /[/\\|]/.test(name))).toEqual([])
  expect(files.get('README.md')).toContain('| public.a_b | 1 | The rows of the table public.a\\|b. |')
})

test('no salt, no wrapped key and no hash is in it', async () => {
  const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const secrets = await owner.many<{ secret: Buffer }>(sql`
    select wrapped_key as secret from flows_private.client_keys where client_id = ${client.id}
    union all
    select unnest(array[token_hash, pii_salt]) from flows_private.invitation_secrets where client_id = ${client.id}`)
  expect(secrets.length).toBeGreaterThan(4)
  const all = [...(await unzip(file ?? '')).values()].join('\n')
  for (const { secret } of secrets) {
    for (const spelling of ['hex', 'base64', 'base64url'] as const) {
      expect(all.includes(secret.toString(spelling))).toBe(false)
    }
  }
})

test('the README names every part, and the manifest has the digest of every file', async () => {
  const { file, parts } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const files = await unzip(file ?? '')
  const readme = files.get('README.md') ?? ''
  for (const { name, rows } of parts) expect(readme).toContain(`| ${name} | ${rows} |`)
  const manifest: { files: { name: string; sha256: string }[] } = JSON.parse(files.get('manifest.json') ?? '')
  expect(manifest.files.length).toBe(files.size - 2)
  for (const { name, sha256 } of manifest.files) {
    expect(
      createHash('sha256')
        .update(files.get(name) ?? '')
        .digest('hex'),
    ).toBe(sha256)
  }
})

test('all of it is of one moment, whoever writes meanwhile', async () => {
  const writer = await connect(url)
  onTestFinished(() => writer.close())
  let writing = true
  const moving = (async () => {
    // As many rows here as there, at every moment.
    while (writing) {
      await writer.transaction(async (tx) => {
        await tx.run(sql`insert into public.no_key (client_id, word) values (${client.id}, 'pair')`)
        await tx.run(sql`
          insert into flows.client_applications (client_id, app_code, app_name)
          values (${client.id}, 'pair-' || substr(md5(random()::text), 1, 12), 'Pair')`)
      })
    }
  })()
  for (let turn = 0; turn < 5; turn += 1) {
    const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
    const files = await unzip(file ?? '')
    const words: { word: string }[] = JSON.parse(files.get('public.no_key.json') ?? '')
    const apps: { app_name: string }[] = JSON.parse(files.get('flows.client_applications.json') ?? '')
    const csv: { word: string }[] = parse(files.get('public.no_key.csv') ?? '', { columns: true })
    const pairs = words.filter(({ word }) => word === 'pair').length
    expect(apps.filter((app) => app.app_name === 'Pair').length).toBe(pairs)
    expect(csv.filter(({ word }) => word === 'pair').length).toBe(pairs)
  }
  writing = false
  await moving
})

test('it changes nothing, only its owner may read it, and no file is written over', async () => {
  const folder = tempFolder()
  const stateOf = async () => ({ ...(await digestOf(owner, bystander.id)), 'flows.audit_events': undefined })
  const before = await stateOf()
  const first = await exportClient(owner, bystander.clientCode, { folder })
  const second = await exportClient(owner, bystander.clientCode, { folder })
  expect(await stateOf()).toEqual(before)
  const day = new Date().toISOString().slice(0, 10)
  expect(readdirSync(folder).sort()).toEqual([
    `export-${bystander.clientCode}-${day}-2.zip`,
    `export-${bystander.clientCode}-${day}.zip`,
  ])
  expect(statSync(first.file ?? '').mode & 0o777).toBe(0o600)
  expect(
    await failureOf(exportClient(owner, bystander.clientCode, { folder, file: second.file ?? '' })),
  ).toMatchObject({ code: 'BACKUP_FILE_EXISTS' })
})

test("the client's trail tells of an export by counts and digest, and of a dry run not at all", async () => {
  const { id, clientCode } = bystander
  await exportClient(owner, clientCode, { folder: tempFolder(), dryRun: true })
  const told = () => listAuditEvents(owner, { clientId: id, table: 'exports' })
  const earlier = (await told()).length
  const { file, parts, rows, bytes, sha256 } = await exportClient(owner, clientCode, { folder: tempFolder() })
  const [event, ...others] = await told()
  expect(others.length).toBe(earlier)
  const digest = createHash('sha256')
    .update(readFileSync(file ?? ''))
    .digest('hex')
  expect({ sha256, event }).toMatchObject({
    sha256: digest,
    event: { clientId: id, rowId: digest, verb: 'insert', details: { parts: parts.length, rows, bytes } },
  })
  await exportClient(owner, clientCode, { folder: tempFolder(), dryRun: true })
  expect((await told()).length).toBe(earlier + 1)
})

test('moments are ISO 8601 in both forms, and the same', async () => {
  const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const files = await unzip(file ?? '')
  const isMoment = (value: unknown) => typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(value)
  let moments = 0
  for (const name of [...files.keys()].filter((name) => name.endsWith('.csv'))) {
    const csv: Record<string, string>[] = parse(files.get(name) ?? '', { columns: true })
    const json: Record<string, unknown>[] = JSON.parse(files.get(name.replace(/csv$/, 'json')) ?? '')
    for (const [index, row] of json.entries()) {
      for (const [column, value] of Object.entries(row).filter(([, value]) => isMoment(value))) {
        moments += 1
        expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00( BC)?$/)
        expect(csv[index]?.[column]).toBe(value)
      }
    }
  }
  expect(moments).toBeGreaterThan(30)
})

test('the README explains every part that is of flows-db in words of its own, and how to open a CSV', async () => {
  const { file } = await exportClient(owner, client.clientCode, { folder: tempFolder() })
  const readme = (await unzip(file ?? '')).get('README.md') ?? ''
  const ours = readme.split('\n').filter((line) => /^\| flows(_private)?\./.test(line))
  expect(ours.length).toBeGreaterThan(10)
  expect(ours.filter((line) => line.includes('The rows of the table'))).toEqual([])
  expect(readme).toContain('take every column\nas text')
})

test('a dry run counts and writes nothing', async () => {
  const folder = tempFolder()
  const { file, rows, bytes } = await exportClient(owner, client.clientCode, { folder, dryRun: true })
  expect({ file, bytes }).toEqual({ file: null, bytes: null })
  expect(rows).toBeGreaterThan(30)
  expect(readdirSync(folder)).toEqual([])
})

test('an export that cannot be written leaves the database free and no half file', async () => {
  await owner.run(sql`
    insert into public.no_key (client_id, word)
    select ${client.id}, md5(n::text) from generate_series(1, 60000) n`)
  const folder = tempFolder({ 'a-file': '' })
  expect(
    await failureOf(exportClient(owner, client.clientCode, { folder: `${folder}/a-file` })),
  ).toMatchObject({ code: 'FILE_UNWRITABLE' })
  expect(readdirSync(folder)).toEqual(['a-file'])
  const before = process.memoryUsage().rss
  const { bytes } = await exportClient(owner, client.clientCode, { folder })
  expect(bytes).toBeGreaterThan(1_000_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
})
