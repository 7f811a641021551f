import type { Relation } from '../catalog/catalog.ts'
import type { Tag } from '../tags.ts'
import type { Row } from './seed.queries.ts'

/** Whom rows are made for. */
export type Owner = {
  tag: Tag
  prefix: string | undefined
  tenant: string
  member: string
  admin: string
  /** Whether the registry has it already. */
  exists: boolean
  /** The bucket of its files. */
  bucket: string
}

/** The rows of one client, by table; the first of each is the one that attacks speak of. */
export type Seeded = {
  rows: Map<number, Row[]>
  /** The statements that made them, in order, each a whole INSERT. */
  statements: { relation: number; text: string }[]
  failures: Map<number, string>
  /** The place of each planned table, by which its values can be told beforehand. */
  places: ReadonlyMap<number, number>
  /** Values taken over from rows that were there: never to be shown. */
  borrowed: Set<string>
}

/** Keeps a row that was put in, after those of its table that are there. */
export function noteRow({ rows, statements }: Seeded, { oid }: Relation, row: Row, statement: string): void {
  rows.set(oid, [...(rows.get(oid) ?? []), row])
  statements.push({ relation: oid, text: statement })
}
