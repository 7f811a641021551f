import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { FlowsError } from '../../base/errors.ts'
import { listStatements } from './statements.ts'

/** The name of a migration, taken apart as the Supabase CLI does: `003_add_x.sql` is version "003", name "add_x". */
export type MigrationName = {
  /** The digits in front, as text. */
  version: string
  name: string
  file: string
}

/** A migration as it lies in the folder. */
export type Migration = MigrationName & {
  /** The file's text with line ends as \n. */
  text: string
  /** Hex SHA-256 of that text, so that a checkout with other line ends is the same migration. */
  sha256: string
  /** Runs outside a transaction: its first line is `-- flows: no-transaction`. */
  alone: boolean
}

const pattern = /^([0-9]+)_(.*)\.sql$/

/** The names of a folder's migrations in the order of their versions; other files and folders are passed over. */
export async function listMigrationNames(folder: string): Promise<MigrationName[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new FlowsError('MIGRATION_FOLDER_MISSING', `There is no folder of migrations at ${folder}`, {
      hint: 'Make it, and its first migration, with: migrate:new <name>',
      cause,
    })
  })
  return entries
    .filter((entry) => !entry.isDirectory())
    .flatMap(({ name: file }) => {
      const [, version, name] = pattern.exec(file) ?? []
      return version === undefined || name === undefined ? [] : [{ version, name, file }]
    })
    .sort((a, b) => byText(a.version, b.version) || byText(a.file, b.file))
}

/** Orders as the Supabase CLI and the ledger do: by text, never by language or number. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Reads the migrations among the given names; throws MIGRATION_FILE_INVALID, naming every file that could not be run. */
export async function loadMigrations(folder: string, names: readonly MigrationName[]): Promise<Migration[]> {
  const migrations = await Promise.all(
    names.map(async (name) => {
      const text = decode(await readFile(join(folder, name.file)), name.file)
      return {
        ...name,
        text,
        sha256: createHash('sha256').update(text).digest('hex'),
        alone: /^-- flows: no-transaction[ \t]*(?:\n|$)/.test(text),
      }
    }),
  )
  const complaints = [...disorder(names), ...migrations.flatMap(unfit)]
  if (complaints.length > 0) {
    throw new FlowsError('MIGRATION_FILE_INVALID', complaints.join('\n'), {
      hint: `Correct ${complaints.length === 1 ? 'it' : 'them'} in ${basename(folder)}/, then run: migrate:status`,
    })
  }
  return migrations
}

/**
 * Reads a folder's migrations in order. Throws MIGRATION_DUPLICATE when two files claim one version and
 * MIGRATION_FILE_INVALID when a file could not be run, each naming every file concerned.
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = await listMigrationNames(folder)
  const twins = sameVersion(names)
  if (twins.length > 0) {
    throw new FlowsError('MIGRATION_DUPLICATE', twins.map(sayTwins).join('\n'), {
      hint: 'Give the later one the next free number (migrate:new shows it).',
    })
  }
  return loadMigrations(folder, names)
}

/** Groups of files that claim one version; 1_a and 001_b do too. */
export function sameVersion<Name extends MigrationName>(names: readonly Name[]): Name[][] {
  const groups = new Map<bigint, Name[]>()
  for (const name of names) {
    const number = BigInt(name.version)
    groups.set(number, [...(groups.get(number) ?? []), name])
  }
  return [...groups.values()].filter((group) => group.length > 1)
}

/** Names the files that claim one version. */
export function sayTwins(twins: readonly MigrationName[]): string {
  return `${twins.map(({ file }) => file).join(' and ')} claim the same version`
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n')
  } catch (cause) {
    throw new FlowsError('MIGRATION_FILE_INVALID', `${file} is not UTF-8 text`, {
      hint: 'Save it as UTF-8.',
      cause,
    })
  }
}

function disorder(names: readonly MigrationName[]): string[] {
  return names.flatMap((name, index) => {
    const before = names[index - 1]
    return before !== undefined && BigInt(before.version) > BigInt(name.version)
      ? [`${before.file} would run before ${name.file}: versions are ordered as text, so give them one width`]
      : []
  })
}

const ofTransactions = new Set(['begin', 'start', 'commit', 'end', 'rollback', 'abort'])

function unfit({ file, text, alone }: Migration): string[] {
  if (file.endsWith('.down.sql')) {
    return [
      `${file} would be applied as a migration of its own: keep what undoes a migration in another folder`,
    ]
  }
  const statements = listStatements(text)
  const complaints = statements.flatMap(({ start, words: [first = ''] }) => {
    const line = text.slice(0, start).split('\n').length
    if (text[start] === '\\') return [`${file}, line ${line}: psql commands work in psql only`]
    if (!ofTransactions.has(first)) return []
    return [`${file}, line ${line}: "${first}" would break the transaction that each file runs in`]
  })
  if (alone && statements.length !== 1) {
    complaints.push(
      `${file} runs outside a transaction, so it must hold exactly one statement, not ${statements.length}`,
    )
  }
  return complaints
}
