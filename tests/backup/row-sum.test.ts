import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BackupHeader, BackupTable } from '../../src/backup/header.ts'
import { RowSum } from '../../src/backup/row-sum.ts'

const clientId = '11111111-2222-3333-4444-555555555555'
const header: BackupHeader = {
  program: '0',
  snapshotAt: '2025-01-15T00:00:00.000Z',
  clientId,
  clientCode: 'acme',
  bucketId: null,
  withKeys: false,
  migrations: [],
  tables: [],
}

/** A form of COPY, and how it spells rows of a client and one more field. */
type Form = { name: string; table: BackupTable; opening: Buffer; row: (field: Buffer) => Buffer; end: Buffer }

const columns = ['client_id', 'field']
const table: BackupTable = { schema: 'public', table: 'notes', columns, orderedBy: [] }
const owner = Buffer.from(clientId.replaceAll('-', ''), 'hex')

const forms: readonly Form[] = [
  {
    name: 'text',
    table,
    opening: Buffer.alloc(0),
    row: (field) => Buffer.from(`${clientId}\t${field.toString('hex')}\n`),
    end: Buffer.alloc(0),
  },
  {
    name: 'binary',
    table: { ...table, types: ['uuid', 'bytea'] },
    opening: Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'),
    row: (field) => Buffer.concat([int16(2), int32(16), owner, int32(field.length), field]),
    end: int16(-1),
  },
]

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** The sum over rows that come in pieces of these lengths, taken again and again. */
function sumOf(form: Form, fields: readonly Buffer[], pieces: readonly number[] = [64]): RowSum {
  const bytes = Buffer.concat([form.opening, ...fields.map(form.row), form.end])
  const sum = new RowSum(header, form.table)
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = pieces[turn % pieces.length] ?? 1
    sum.take(Buffer.from(bytes.subarray(at, at + length)))
    at += length
  }
  return sum
}

const field = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const fields = fc.array(field, { minLength: 1, maxLength: 12 })
const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })

test.each(forms)('the sum of $name rows is the same in any order and however they are cut', (form) => {
  fc.assert(
    fc.property(fields, pieces, pieces, fc.nat(), (rows, some, others, turn) => {
      const at = turn % rows.length
      const turned = [...rows.slice(at), ...rows.slice(0, at).reverse()]
      expect(sumOf(form, rows, some).equals(sumOf(form, turned, others))).toBe(true)
    }),
  )
})

test.each(forms)('a row of $name that is changed, missing or doubled changes the sum', (form) => {
  fc.assert(
    fc.property(fields, fc.nat(), field, (rows, turn, other) => {
      const at = turn % rows.length
      const [chosen = Buffer.alloc(0)] = rows.slice(at)
      const before = sumOf(form, rows)
      const unlike = [
        rows.toSpliced(at, 1),
        rows.toSpliced(at, 0, chosen),
        ...(other.equals(chosen) ? [] : [rows.with(at, other)]),
      ]
      for (const changed of unlike) expect(before.equals(sumOf(form, changed))).toBe(false)
    }),
  )
})

test.each(forms)('values that change places between rows of $name change the sum', (form) => {
  const rows = (pairs: readonly string[]) => pairs.map((pair) => Buffer.from(pair))
  expect(
    sumOf(form, rows(['aaaabbbb', 'ccccdddd'])).equals(sumOf(form, rows(['aaaadddd', 'ccccbbbb']))),
  ).toBe(false)
  expect(sumOf(form, rows(['aa', 'bb'])).equals(sumOf(form, rows(['aab', 'b'])))).toBe(false)
})
