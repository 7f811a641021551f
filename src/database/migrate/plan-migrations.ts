import { type ErrorCode, FlowsError } from '../../base/errors.ts'
import type { Database } from '../database.ts'
import { type Entry, type Ledger, listBrokenIndexes, readLedger } from './ledger.ts'
import {
  byText,
  listMigrationNames,
  loadMigrations,
  type Migration,
  type MigrationName,
  sameVersion,
  sayTwins,
} from './read-migrations.ts'

/** One way in which the folder and the database disagree. */
export type Fault = {
  kind: 'edited' | 'missing' | 'renamed' | 'duplicate' | 'out-of-order' | 'unfinished' | 'newer'
  version: string
  /** What is wrong, naming the file. */
  message: string
  /** The next step. */
  hint: string
}

/** What a folder and a database say about each other. Nothing runs while there are faults. */
export type Plan = {
  ledger: Ledger
  /** In the database and in the folder, in order. */
  applied: Migration[]
  /** In the folder only, in order. */
  pending: Migration[]
  /** Applied by the Supabase CLI and found equal to the file: to be given a checksum. */
  adopted: Migration[]
  faults: Fault[]
  /** Versions in the database above all that the folder knows: the database is newer than the program. */
  newer: string[]
}

/** Compares a folder of migrations with a database and changes nothing; throws only when a file cannot be read or run. */
export async function planMigrations(db: Database, folder: string): Promise<Plan> {
  const names = await listMigrationNames(folder)
  const twins = sameVersion(names)
  const doubled = new Set(twins.flat())
  const migrations = await loadMigrations(
    folder,
    names.filter((name) => !doubled.has(name)),
  )
  const ledger = await readLedger(db)
  const known = new Set(names.map(({ version }) => version))
  const last = names.at(-1)?.version ?? ''
  const newer = ledger.entries.filter(({ version }) => version > last)
  const entries = new Map(ledger.entries.map((entry) => [entry.version, entry]))
  const applied = migrations.filter(({ version }) => entries.has(version))
  const pending = migrations.filter(({ version }) => !entries.has(version))
  const holes = ledger.entries.filter(({ version }) => !known.has(version) && version <= last)
  const pairs = applied.map((migration) => [migration, entries.get(migration.version) as Entry] as const)
  const faults = [
    ...twins.map(duplicate),
    ...holes.map((entry) => missing(entry, pending)),
    ...newer.map(beyond),
    ...pairs.filter(isRenamed).map(renamed),
    ...pairs.filter(isEdited).map(edited),
    ...late(pending, ledger, holes),
    ...(await unfinished(db, ledger, pending)),
  ].sort((a, b) => byText(a.version, b.version))
  const adopted = pairs.filter(([, entry]) => entry.sha256 === null).map(([migration]) => migration)
  return { ledger, applied, pending, adopted, faults, newer: newer.map(({ version }) => version) }
}

const codes = {
  edited: 'MIGRATION_EDITED',
  missing: 'MIGRATION_MISSING',
  renamed: 'MIGRATION_RENAMED',
  duplicate: 'MIGRATION_DUPLICATE',
  'out-of-order': 'MIGRATION_OUT_OF_ORDER',
  unfinished: 'MIGRATION_UNFINISHED',
  newer: 'DATABASE_NEWER',
} as const satisfies Record<Fault['kind'], ErrorCode>

/** Throws the first fault's code with every fault named; does nothing without faults. */
export function refuseFaults(faults: readonly Fault[]): void {
  const [first] = faults
  if (first === undefined) return
  throw new FlowsError(codes[first.kind], faults.map(({ message }) => message).join('\n'), {
    hint: [...new Set(faults.map(({ hint }) => hint))].join('\n'),
  })
}

type Pair = readonly [Migration, Entry]

function isRenamed([migration, entry]: Pair): boolean {
  return entry.name !== null && entry.name !== migration.name
}

function isEdited([migration, entry]: Pair): boolean {
  if (entry.sha256 !== null) return entry.sha256 !== migration.sha256
  return entry.statements !== null && essence(entry.statements.join(';')) !== essence(migration.text)
}

/** A script without what the Supabase CLI loses when it cuts it into statements. */
function essence(text: string): string {
  return text.replace(/[\s;]+/g, '')
}

function duplicate(twins: readonly MigrationName[]): Fault {
  return {
    kind: 'duplicate',
    version: twins[0]?.version ?? '',
    message: sayTwins(twins),
    hint: 'Give the later file the next free number.',
  }
}

function missing(entry: Entry, pending: readonly Migration[]): Fault {
  const file = fileOf(entry)
  const twin = pending.find(({ sha256 }) => sha256 === entry.sha256)
  if (twin !== undefined) {
    return {
      kind: 'renamed',
      version: entry.version,
      message: `${file} was applied and is now called ${twin.file}`,
      hint: `Rename ${twin.file} back to ${file}.`,
    }
  }
  return {
    kind: 'missing',
    version: entry.version,
    message: `${file} was applied and is no longer in the folder`,
    hint: `Bring ${file} back; "supabase migration fetch" can rebuild it from the database.`,
  }
}

function beyond(entry: Entry): Fault {
  return {
    kind: 'newer',
    version: entry.version,
    message: `${fileOf(entry)} was applied and is above every file here: the database is newer than the program`,
    hint: 'Update flows-db, or bring the newest migrations into the folder, then try again.',
  }
}

function fileOf({ version, name }: Entry): string {
  return name === null ? `Migration ${version}` : `${version}_${name}.sql`
}

function renamed([migration, entry]: Pair): Fault {
  const before = fileOf(entry)
  return {
    kind: 'renamed',
    version: entry.version,
    message: `${before} was applied and is now called ${migration.file}`,
    hint: `Rename ${migration.file} back to ${before}.`,
  }
}

function edited([migration]: Pair): Fault {
  return {
    kind: 'edited',
    version: migration.version,
    message: `${migration.file} was edited after it was applied`,
    hint: `Restore it and put the change into a new file (migrate:new); or, if the database already is as the file says: migrate:repair --accept ${migration.version}`,
  }
}

function late(pending: readonly Migration[], ledger: Ledger, holes: readonly Entry[]): Fault[] {
  const last = ledger.entries.at(-1)?.version
  const moved = new Set(holes.map(({ sha256 }) => sha256))
  return pending
    .filter(({ version, sha256 }) => last !== undefined && version < last && !moved.has(sha256))
    .map(({ version, file }) => ({
      kind: 'out-of-order',
      version,
      message: `${file} is not applied, but ${last} is, which comes after it`,
      hint: `Give ${file} a number above ${last}.`,
    }))
}

async function unfinished(db: Database, ledger: Ledger, pending: readonly Migration[]): Promise<Fault[]> {
  const begun = pending.filter(({ version }) => ledger.unfinished.includes(version))
  if (begun.length === 0) return []
  const broken = await listBrokenIndexes(db)
  if (broken.length === 0) return []
  return begun.map(({ version, file }) => ({
    kind: 'unfinished',
    version,
    message: `${file} was cut off outside a transaction and left behind: ${broken.join(', ')}`,
    hint: `Run: ${broken.map((index) => `drop index concurrently ${index};`).join(' ')} Then run: migrate:up`,
  }))
}
