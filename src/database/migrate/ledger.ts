import type { Database } from '../database.ts'
import { sql } from '../sql.ts'
import type { Migration } from './read-migrations.ts'

/**
 * Makes the ledger as the Supabase CLI makes it, and beside it what the CLI does not keep. Stands word
 * for word in schemas/00_foundation.sql.
 */
export const ledgerDdl = `create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;

create schema if not exists flows_private;
create table if not exists flows_private.migration_checksums (
  version text primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now(),
  -- null while a file that runs outside a transaction is running, or was when it was cut off
  duration_ms integer,
  applied_by text not null default current_user,
  tool text not null
);
alter table flows_private.migration_checksums enable row level security;
`

/** What wrote a checksum: this migrator, this migrator for a row of the Supabase CLI, or migrate:repair. */
export type Tool = 'flows-db' | 'supabase-cli' | 'repair'

/** One version of the ledger, with what flows-db knows of it beside what the Supabase CLI knows. */
export type Entry = {
  version: string
  name: string | null
  statements: string[] | null
  /** Null if the Supabase CLI applied it and flows-db has not adopted it yet. */
  sha256: string | null
  appliedAt: Date | null
}

/** What the database says about its migrations. */
export type Ledger = {
  /** Whether both tables are there. */
  exists: boolean
  /** Applied versions, in text order. */
  entries: Entry[]
  /** Versions that began outside a transaction and did not finish. */
  unfinished: string[]
}

/** Reads the ledger; a database without one has applied nothing. */
export async function readLedger(db: Database): Promise<Ledger> {
  const found = await db.one<{ ledger: boolean; checksums: boolean }>(sql`
    select to_regclass('supabase_migrations.schema_migrations') is not null as ledger,
           to_regclass('flows_private.migration_checksums') is not null as checksums`)
  if (!found.ledger) return { exists: false, entries: [], unfinished: [] }
  if (!found.checksums) {
    const entries = await db.many<Entry>(sql`
      select version, name, statements, null as sha256, null as applied_at
      from supabase_migrations.schema_migrations
      order by version collate "C"`)
    return { exists: false, entries, unfinished: [] }
  }
  const rows = await db.many<Entry & { applied: boolean; running: boolean }>(sql`
    select version, applied.name, applied.statements, known.sha256, known.applied_at,
           applied.version is not null as applied,
           known.version is not null and known.duration_ms is null as running
    from supabase_migrations.schema_migrations applied
    full join flows_private.migration_checksums known using (version)
    order by version collate "C"`)
  return {
    exists: true,
    entries: rows.filter((row) => row.applied).map(({ applied, running, ...entry }) => entry),
    unfinished: rows.filter((row) => !row.applied && row.running).map((row) => row.version),
  }
}

/** Writes an applied migration into both tables; a version that is there already breaks schema_migrations_pkey. */
export async function recordApplied(tx: Database, migration: Migration, durationMs: number): Promise<void> {
  await tx.run(sql`
    insert into supabase_migrations.schema_migrations (version, name, statements)
    values (${migration.version}, ${migration.name}, array[${body(migration)}])`)
  await recordChecksum(tx, migration, 'flows-db', durationMs)
}

/** Puts the present name and text of an applied file in the place of the former ones. */
export async function amendApplied(tx: Database, migration: Migration): Promise<void> {
  await tx.run(sql`
    update supabase_migrations.schema_migrations
    set name = ${migration.name}, statements = array[${body(migration)}]
    where version = ${migration.version}`)
}

/** Takes a version out of both tables. */
export async function forgetApplied(tx: Database, version: string): Promise<void> {
  await tx.run(sql`delete from supabase_migrations.schema_migrations where version = ${version}`)
  await forgetChecksum(tx, version)
}

/** A file's text as the ledger keeps it; the Supabase CLI ends each element with a semicolon when it writes it back. */
function body({ text }: Migration): string {
  return text.replace(/[;\s]+$/, '')
}

/** Writes or rewrites the checksum of a version. */
export async function recordChecksum(
  tx: Database,
  migration: Pick<Migration, 'version' | 'name' | 'sha256'>,
  tool: Tool,
  durationMs: number | null,
): Promise<void> {
  await tx.run(sql`
    insert into flows_private.migration_checksums (version, name, sha256, duration_ms, tool)
    values (${migration.version}, ${migration.name}, ${migration.sha256}, ${durationMs}, ${tool})
    on conflict (version) do update
      set name = excluded.name, sha256 = excluded.sha256, duration_ms = excluded.duration_ms,
          applied_at = excluded.applied_at, applied_by = excluded.applied_by, tool = excluded.tool`)
}

/** Takes the checksum of a version away. */
export async function forgetChecksum(tx: Database, version: string): Promise<void> {
  await tx.run(sql`delete from flows_private.migration_checksums where version = ${version}`)
}

/** Indexes that a concurrent build left behind half made, as quoted names. */
export async function listBrokenIndexes(db: Database): Promise<string[]> {
  const rows = await db.many<{ name: string }>(sql`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid
      and c.relkind = 'i'
      and not exists (
        select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
    order by 1`)
  return rows.map((row) => row.name)
}
