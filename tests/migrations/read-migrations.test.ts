import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newMigration } from '../../src/database/migrate/new-migration.ts'
import { readMigrations } from '../../src/database/migrate/read-migrations.ts'
import { failure, write } from './support.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flows-db-folder-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

test('only files of digits, underscore and .sql are migrations, in the order of their versions', async () => {
  write(folder, {
    '010_c.sql': '',
    '002_b_and_more.sql': '',
    '001_a.sql': 'select 1;\n',
    'migration-template.sql': 'select 0;',
    'README.md': '',
    '003-dash.sql': '',
  })
  mkdirSync(join(folder, '004_folder.sql'))
  const migrations = await readMigrations(folder)
  expect(migrations.map(({ version, name, file }) => [version, name, file])).toEqual([
    ['001', 'a', '001_a.sql'],
    ['002', 'b_and_more', '002_b_and_more.sql'],
    ['010', 'c', '010_c.sql'],
  ])
})

test('the checksum is that of the text with plain line ends', async () => {
  write(folder, { '001_a.sql': 'select 1;\r\nselect 2;\r\n' })
  const [migration] = await readMigrations(folder)
  expect(migration?.text).toBe('select 1;\nselect 2;\n')
  expect(migration?.sha256).toBe('061e995aebcb765888ac7580f67ee3815a03b9b9c3fd5ff2dbb40db98b53a737')
})

test('two files with one version are refused, both named', async () => {
  write(folder, { '001_a.sql': '', '001_b.sql': '', '2_c.sql': '', '02_d.sql': '' })
  const error = await failure(readMigrations(folder))
  expect(error.code).toBe('MIGRATION_DUPLICATE')
  expect(error.message).toBe(
    '001_a.sql and 001_b.sql claim the same version\n02_d.sql and 2_c.sql claim the same version',
  )
})

test.each([
  ['a down file', '001_a.down.sql', '', '001_a.down.sql would be applied as a migration of its own'],
  ['a COMMIT', '001_a.sql', 'select 1;\ncommit;', '001_a.sql, line 2: "commit" would break the transaction'],
  ['a psql command', '001_a.sql', '\\i other.sql', '001_a.sql, line 1: psql commands work in psql only'],
  [
    'two statements outside a transaction',
    '001_a.sql',
    '-- flows: no-transaction\nselect 1; select 2;',
    '001_a.sql runs outside a transaction, so it must hold exactly one statement, not 2',
  ],
])('%s is refused', async (_, file, text, message) => {
  write(folder, { [file]: text })
  const error = await failure(readMigrations(folder))
  expect(error.code).toBe('MIGRATION_FILE_INVALID')
  expect(error.message).toContain(message)
})

test('versions of several widths are refused where text order is not the order of numbers', async () => {
  write(folder, { '9_a.sql': '', '10_b.sql': '' })
  const error = await failure(readMigrations(folder))
  expect(error.code).toBe('MIGRATION_FILE_INVALID')
  expect(error.message).toBe(
    '10_b.sql would run before 9_a.sql: versions are ordered as text, so give them one width',
  )
})

test('versions may grow wider while both orders agree', async () => {
  write(folder, { '001_a.sql': '', '20250101000000_b.sql': '' })
  expect((await readMigrations(folder)).map(({ version }) => version)).toEqual(['001', '20250101000000'])
})

test('a file that is not UTF-8 is refused', async () => {
  writeFileSync(join(folder, '001_a.sql'), Buffer.from([0x73, 0xe9]))
  const error = await failure(readMigrations(folder))
  expect(error.code).toBe('MIGRATION_FILE_INVALID')
  expect(error.message).toBe('001_a.sql is not UTF-8 text')
})

test('a folder that is not there is refused', async () => {
  const error = await failure(readMigrations(join(folder, 'nowhere')))
  expect(error.code).toBe('MIGRATION_FOLDER_MISSING')
  expect(error.message).toBe(`There is no folder of migrations at ${join(folder, 'nowhere')}`)
})

test('a new migration takes the next number of the same width, and the template', async () => {
  expect(await newMigration(folder, 'first')).toBe(join(folder, '001_first.sql'))
  write(folder, { '0009_a.sql': '', 'migration-template.sql': '-- {{title}}: why\n' })
  rmSync(join(folder, '001_first.sql'))
  expect(await newMigration(folder, 'add_notes')).toBe(join(folder, '0010_add_notes.sql'))
  expect((await readMigrations(folder)).at(-1)?.text).toBe('-- Add notes: why\n')
})

test('a new migration after a timestamp takes the present time', async () => {
  write(folder, { '20250101000000_a.sql': '' })
  const file = await newMigration(folder, 'b')
  expect(file).toMatch(/20\d{12}_b\.sql$/)
  expect(file).not.toContain('20250101000001')
})

test.each(['Add Notes', 'add-notes', '3_notes', 'notes.sql', '../notes', 'a__b', ''])(
  'the name %j is refused for a new migration',
  async (name) => {
    const error = await failure(newMigration(folder, name))
    expect(error.code).toBe('MIGRATION_NAME_INVALID')
    expect(error.message).toBe(`"${name}" is not a name for a migration`)
    expect(error.hint).toMatch(/migrate:new [a-z][a-z0-9_]*$/)
  },
)

test('after the last number of a width there is no next one', async () => {
  write(folder, { '999_a.sql': '' })
  const error = await failure(newMigration(folder, 'b'))
  expect(error.code).toBe('MIGRATION_NAME_INVALID')
  expect(error.message).toBe('No version of 3 digits is left after 999')
})
