import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { FlowsError } from '../../base/errors.ts'
import type { Invitee } from '../invitee.ts'
import { inviteeFields } from '../token/claims.ts'

/** A row of a list of people: where it ends, its digest, and whom it names; no person where it cannot be read. */
export type PersonRow = Readonly<{
  line: number
  /** SHA-256 of the row as it stands, in hex: with the line it tells whether a row was done before. */
  row: string
  person: Readonly<{ invitee: Invitee; permissions: readonly string[] }> | undefined
}>

const columns = [...inviteeFields, 'permissions'] as const
type Fields = Partial<Record<(typeof columns)[number], string>>

/**
 * Reads a list of people as a stream, one row at a time: CSV with a heading, or one JSON object a line; the fields are
 * fullName, companyEmail, privateEmail and permissions (blanks between them). Throws IMPORT_FILE_INVALID, which tells
 * the line and repeats nothing of it.
 */
export function readPeople(input: Readable, format: 'csv' | 'jsonl'): AsyncGenerator<PersonRow> {
  return format === 'csv' ? readCsv(input) : readJsonLines(input)
}

async function* readCsv(input: Readable): AsyncGenerator<PersonRow> {
  const parser = parse({
    bom: true,
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 16_384,
  })
  input.on('error', (error) => parser.destroy(error))
  let heading: readonly string[] | undefined
  let lines = 0
  try {
    for await (const entry of input.pipe(parser)) {
      const { record, raw, info } = entry as { record: string[]; raw: string; info: { lines: number } }
      lines = info.lines
      if (heading === undefined) heading = checkHeading(record)
      else yield rowOf(lines, raw.trim(), fieldsOf(heading, record))
    }
  } catch (error) {
    if (error instanceof CsvError) throw invalid(`It cannot be read as CSV after line ${lines}`)
    throw error
  }
}

function checkHeading(names: readonly string[]): readonly string[] {
  const known = names.map((name) => name.trim())
  if (
    known.every((name) => columns.some((column) => column === name)) &&
    new Set(known).size === known.length
  ) {
    return known
  }
  throw invalid(`Its first line must name its columns, out of: ${columns.join(', ')}`)
}

function fieldsOf(heading: readonly string[], record: readonly string[]): Fields | undefined {
  if (record.length !== heading.length) return undefined
  return Object.fromEntries(heading.map((name, index) => [name, record[index]?.trim() ?? '']))
}

async function* readJsonLines(input: Readable): AsyncGenerator<PersonRow> {
  let line = 0
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1
    if (text.trim() !== '') yield rowOf(line, text.trim(), parseFields(text))
  }
}

function parseFields(text: string): Fields | undefined {
  try {
    const value: unknown = text.length > 16_384 ? undefined : JSON.parse(text)
    const isPerson =
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(
        ([name, field]) => columns.some((column) => column === name) && typeof field === 'string',
      )
    return isPerson ? (value as Fields) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function rowOf(line: number, text: string, fields: Fields | undefined): PersonRow {
  const row = createHash('sha256').update(text).digest('hex')
  if (fields === undefined) return { line, row, person: undefined }
  const { permissions = '', ...rest } = fields
  const invitee = Object.fromEntries(Object.entries(rest).filter(([, text]) => text !== ''))
  return {
    line,
    row,
    person: { invitee, permissions: permissions.split(/\s+/).filter((name) => name !== '') },
  }
}

function invalid(message: string): FlowsError {
  return new FlowsError('IMPORT_FILE_INVALID', message, {
    hint: 'See what it must look like with: invitation:import --help',
  })
}
