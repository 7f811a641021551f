import * as z from 'zod/mini'
import { FlowsError } from '../base/errors.ts'

/** The version of the format that this program writes, and the only one that it reads. */
export const formatVersion = 1

const name = z.string().check(z.minLength(1), z.maxLength(63))
/** Names of which none comes twice. */
const names = z.array(name).check(z.refine((all) => new Set(all).size === all.length))
const uuid = z.string().check(z.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/))

const shape = z.strictObject({
  /** The version of the program that wrote the backup. */
  program: z.string().check(z.maxLength(50)),
  snapshotAt: z.iso.datetime().check(z.startsWith('2')),
  clientId: uuid,
  clientCode: z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(50)),
  /** The storage bucket of the client; null if it has none. */
  bucketId: z.nullable(z.string().check(z.regex(/^[A-Za-z0-9._-]{1,100}$/))),
  /** Whether the wrapped keys of the client and the salts of its invitations are in it. */
  withKeys: z.boolean(),
  /** Present where what lies in the bucket follows the rows. */
  withFiles: z.optional(z.literal(true)),
  /** What the database was made by; digests as in flows_private.migration_checksums. */
  migrations: z
    .array(
      z.strictObject({
        version: z.string().check(z.regex(/^[0-9]{1,30}$/)),
        sha256: z.nullable(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
      }),
    )
    .check(z.maxLength(10_000)),
  /** In the order in which their rows follow. */
  tables: z
    .array(
      z.strictObject({
        schema: name,
        table: name,
        columns: names.check(z.minLength(1), z.maxLength(1_600)),
        /** The primary key; empty where there is none and rows are ordered by their text, and where they are binary: they come as they lie. */
        orderedBy: names.check(z.maxLength(32)),
        /** The columns' types where the rows are in COPY's binary form, which fits no others; absent where they are text. */
        types: z.optional(z.array(name).check(z.minLength(1), z.maxLength(1_600))),
      }),
    )
    .check(z.minLength(1), z.maxLength(10_000)),
})

/** What a backup says of itself before its first row. */
export type BackupHeader = z.output<typeof shape>

/** A table of a backup; the first column is the one that says whose row it is. */
export type BackupTable = BackupHeader['tables'][number]

/** Reads the JSON of a header; throws BACKUP_DAMAGED for anything that this program would not have written. */
export function parseHeader(text: string): BackupHeader {
  const parsed = z.safeParse(shape, jsonOf(text))
  if (parsed.success && JSON.stringify(parsed.data) === text) return parsed.data
  throw new FlowsError('BACKUP_DAMAGED', 'The header of the backup is damaged', {
    hint: 'Take another backup: backup:list shows what there is.',
  })
}

/** Parses JSON; undefined for what is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether rows of a backup are in COPY's binary form, which psql cannot load. */
export function isArchive({ tables }: BackupHeader): boolean {
  return tables.some(({ types }) => types !== undefined)
}

/** The name of a table as it is said to people. */
export function tableName({ schema, table }: { schema: string; table: string }): string {
  return `${schema}.${table}`
}

/** With what each row of a table begins: the client's id, and for its storage bucket the bucket's. */
export function ownerOf({ clientId, bucketId }: BackupHeader, table: BackupTable): string {
  return tableName(table) === 'storage.buckets' ? (bucketId ?? '') : clientId
}

/** The same as it stands in the rows. */
export function ownerBytes(header: BackupHeader, table: BackupTable): Buffer {
  const owner = ownerOf(header, table)
  return table.types?.[0] === 'uuid' ? Buffer.from(owner.replaceAll('-', ''), 'hex') : Buffer.from(owner)
}
