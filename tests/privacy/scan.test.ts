import { randomBytes, randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { sql } from '../../src/database/sql.ts'
import { redeemInvitation } from '../../src/invitations/redeem-invitation.ts'
import { personalShapes, type ShapeName } from '../../src/privacy/personal-shapes.ts'
import { scan } from '../../src/privacy/scan.ts'
import { invite, newClient } from '../invitations/client.ts'
import { authority } from '../invitations/forge.ts'
import { digestOf } from '../rls/digest.ts'
import { testDatabase } from '../support/database.ts'
import { failureOf } from '../support/failure-of.ts'

const { owner } = await testDatabase()

const planted: readonly [ShapeName, readonly string[]][] = [
  ['e-mail address', ['ada@acme.example', 'Mail to <søren.ø+x@mail.example.dk>!', '{"to":"a@b.co"}']],
  ['phone number', ['+45 12 34 56 78', 'ring 0045 12345678', '+1 (202) 555-0143', '(202) 555-0143']],
  ['Danish CPR number', ['010190-1234', 'CPR 311299-4321.', '0101901234 then 070761-4285', '0707614285']],
  ['Dutch BSN', ['111222333', 'BSN 1234.56.782', '{"bsn": 123456782}']],
  ['German tax id', ['86095742719', 'IdNr 47 036 892 816', '65929970489']],
  ['US social security number', ['078-05-1120', 'SSN: 219-09-9999']],
  ['IBAN', ['DK5000400440116243', 'NL91 ABNA 0417 1643 00', 'DE89370400440532013000']],
]

test.each(planted)('%s is seen', (name, texts) => {
  for (const text of texts) expect({ text, found: personalShapes(text) }).toEqual({ text, found: [name] })
})

test.each([
  ['a UUID', randomUUID()],
  ['a digest', randomBytes(32).toString('hex')],
  ['a number in base64url', `eyJ${randomBytes(60).toString('base64url')}`],
  ['a moment', '2025-01-15 10:20:30.123456+00'],
  ['a moment in ISO 8601', '2025-01-15T10:20:30.123+0100'],
  ['seconds since 1970', '1736936430'],
  ['milliseconds since 1970', '1736936430123'],
  ['a number of bytes', '{"size": 1073741824, "bytes": 10737418240}'],
  ['a version', 'PostgreSQL 17.10, pnpm 12.21.0, 10.0.19045.5247'],
  ['an address of a network', '192.168.100.200/24 and ::ffff:192.0.2.128'],
  ['a CPR of no day', '320190-1234'],
  ['a BSN that fails the test of eleven', '123456789'],
  ['a tax id with a wrong check digit', '86095742718'],
  ['a social security number that nobody has', '666-12-1234'],
  ['an IBAN with a wrong check', 'DK5100400440116243'],
  ['a handle', '@thepia/flows-db'],
  ['a price', '1,234,567.89 DKK'],
  ['a code', '7K3Q-F9XM-2DWA'],
])('%s is not taken for a person’s', (_, text) => {
  expect(personalShapes(text)).toEqual([])
})

test('10,000 random ids, digests and moments raise no alarm', () => {
  const alarms = Array.from({ length: 10_000 }, (_, n) => [
    randomUUID(),
    randomBytes(16).toString('hex'),
    randomBytes(32).toString('base64url'),
    new Date(1.4e12 + n * 1e8).toISOString(),
    String(Math.floor(1.4e9 + n * 1e5)),
  ])
    .flat()
    .filter((text) => personalShapes(text).length > 0)
  // Of all seconds since 1970 one in a hundred is a day, a month and a year with a good remainder.
  expect(alarms.length).toBeLessThan(200)
  expect(alarms.filter((text) => !/^\d{10}$/.test(text))).toEqual([])
})

test('a long text takes no longer than its length', () => {
  const text = `${randomBytes(200_000).toString('hex')}@`.repeat(2)
  const began = performance.now()
  personalShapes(text)
  personalShapes('1'.repeat(300_000))
  personalShapes('a1'.repeat(150_000))
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('our own tables hold nobody’s data, with clients, invitations, redemptions and a trail in them', async () => {
  const client = await newClient(owner, { domain: 'acme.example' })
  for (let turn = 0; turn < 20; turn += 1) {
    const { token } = await invite(owner, client)
    await redeemInvitation(owner, token, { authority, userId: randomUUID() })
  }
  const before = await digestOf(owner, client.id)
  const seen = await scan(owner, { schemas: ['flows', 'flows_private'] })
  expect(seen.findings).toEqual([])
  expect(seen.rows).toBeGreaterThan(100)
  expect(seen.columns).toBeGreaterThan(40)
  expect(await digestOf(owner, client.id)).toEqual(before)
})

test('each kind that is planted in a table of clients is named by its column and its count', async () => {
  await owner.script(`
    create table public.notes (client_id uuid, body text, facts jsonb, words text[], code varchar(40), count integer);
    create table public.loose (body text)`)
  onTestFinished(() => owner.script('drop table public.notes, public.loose'))
  const client = await newClient(owner)
  const other = await newClient(owner)
  for (const [, texts] of planted) {
    for (const text of texts.slice(0, 2)) {
      await owner.run(sql`
        insert into public.notes (client_id, body, facts, words, code, count)
        values (${client.id}, ${`x\t${text}\ny`}, ${JSON.stringify({ deep: [{ a: text }] })}, ${[text]}, ${text}, 1)`)
    }
  }
  await owner.run(
    sql`insert into public.notes (client_id, body) values (${other.id}, 'Ada  LOVELACE was here')`,
  )
  await owner.run(sql`insert into public.loose values ('ada@acme.example')`)

  const { findings } = await scan(owner, { clientCode: client.clientCode })
  for (const column of ['body', 'facts', 'words', 'code']) {
    for (const [kind, texts] of planted) {
      expect(findings).toContainEqual({
        column: `public.notes.${column}`,
        kind,
        values: Math.min(2, texts.length),
        of: planted.length * 2,
      })
    }
  }
  expect(JSON.stringify(findings)).not.toMatch(/ada|acme|\d{6}/)

  const names = await scan(owner, { names: ['Ada Lovelace', ''] })
  expect(names.findings).toContainEqual({
    column: 'public.notes.body',
    kind: 'name on the list',
    values: 1,
    of: planted.length * 2 + 1,
  })
  const ofSchema = await scan(owner, { schemas: ['public'] })
  expect(ofSchema.findings.map(({ column }) => column)).toContain('public.loose.body')
})

test('domains, lists of them and composite types are read as what is in them', async () => {
  await owner.script(`
    create domain public.facts as jsonb;
    create domain public.words as text[];
    create domain public.amount as numeric;
    create type public.contact as (name text, facts public.facts);
    create table public.shapes (
      client_id uuid, facts public.facts, many public.facts[], words public.words, contact public.contact,
      contacts public.contact[], amount public.amount, amounts numeric[])`)
  onTestFinished(() =>
    owner.script(
      'drop table public.shapes; drop type public.contact; drop domain public.facts, public.words, public.amount',
    ),
  )
  const client = await newClient(owner)
  const facts = JSON.stringify({ mail: 'ada@acme.example' })
  await owner.run(sql`
    insert into public.shapes values (
      ${client.id}, ${facts}, array[${facts}]::public.facts[], array['ada@acme.example'], row('Ada', ${facts}),
      array[row('Ada', ${facts})]::public.contact[], 1, array[1])`)
  const { findings } = await scan(owner, { clientCode: client.clientCode })
  expect(findings).toEqual(
    ['facts', 'many', 'words', 'contact', 'contacts'].map((column) => ({
      column: `public.shapes.${column}`,
      kind: 'e-mail address',
      values: 1,
      of: 1,
    })),
  )
})

test('a sample reads about as many rows as asked', async () => {
  await owner.script(`
    create table public.many (client_id uuid, body text);
    insert into public.many select gen_random_uuid(), 'ada@acme.example' from generate_series(1, 20000)`)
  onTestFinished(() => owner.script('drop table public.many'))
  const { sampled, findings } = await scan(owner, { sample: 1_000 })
  const found = findings.find(({ column }) => column === 'public.many.body')
  expect(sampled).toBe(true)
  expect(found?.of).toBeGreaterThan(700)
  expect(found?.of).toBeLessThan(1_300)
  expect(found?.values).toBe(found?.of)
})

test('a schema that is not there is refused', async () => {
  expect(await failureOf(scan(owner, { schemas: ['nowhere'] }))).toMatchObject({
    code: 'USAGE',
    message: 'There is no schema "nowhere"',
  })
})
