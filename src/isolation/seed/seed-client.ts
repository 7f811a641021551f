import type { Database } from '../../database/database.ts'
import { type Catalog, type Constraint, nameOf, type Relation } from '../catalog/catalog.ts'
import { name, quote, runStatement } from '../engine/engine.queries.ts'
import type { Tag } from '../tags.ts'
import { type Tenancy, userColumnsOf } from '../tenancy.ts'
import { candidatesOf } from './column-values.ts'
import { fittingValues } from './fitting-rows.ts'
import type { Planned } from './plan.ts'
import { looseLargeObjectStatement, type Row, selectRow } from './seed.queries.ts'
import { type Lesson, seedRow } from './seed-row.ts'

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

/** What was learned about each table while the first client was seeded. */
export type Lessons = Map<number, Lesson>

/** Puts a row of this client into every planned table; a table that takes none is told with the reason. */
export async function seedClient(
  db: Database,
  catalog: Catalog,
  tenancy: Tenancy,
  plan: readonly Planned[],
  owner: Owner,
  lessons: Lessons,
): Promise<Seeded> {
  const places = new Map(plan.map(({ relation }, index) => [relation.oid, index + 1]))
  const seeded: Seeded = { rows: new Map(), statements: [], failures: new Map(), places, borrowed: new Set() }
  await seedUsers(db, catalog, plan, owner, seeded)
  for (const [index, planned] of plan.entries()) {
    const { relation } = planned
    const ready = await findReady(db, catalog, planned, owner)
    if (ready !== undefined) {
      seeded.rows.set(relation.oid, [ready])
      continue
    }
    const isMembership = tenancy.membership?.relation === relation
    const people = isMembership ? [owner.member, owner.admin] : [owner.member]
    for (const [turn, person] of people.entries()) {
      const fixed = settled(catalog, tenancy, planned, owner, person, turn, seeded)
      const lesson = lessons.get(relation.oid) ?? { chosen: new Map(), minimal: false }
      lessons.set(relation.oid, lesson)
      const { tag, prefix } = owner
      const made = await seedRow(db, { relation, fixed, tag, prefix, table: index + 1, turn }, lesson)
      if ('row' in made) {
        seeded.rows.set(relation.oid, [...(seeded.rows.get(relation.oid) ?? []), made.row])
        seeded.statements.push({ relation: relation.oid, text: made.statement })
        if (made.copied) borrow(seeded, owner, made.row)
      } else if (turn === 0) {
        const present = await findPresent(db, planned, owner)
        if (present === undefined) seeded.failures.set(relation.oid, made.reason)
        else {
          seeded.rows.set(relation.oid, [present])
          borrow(seeded, owner, present)
        }
      }
    }
    if (planned.owned !== undefined && !planned.owned.registry && !isMembership)
      await seedFitting(db, catalog, tenancy, planned, owner, lessons, seeded)
  }
  if (catalog.routines.some(({ arguments: inputs }) => inputs.some(({ baseType }) => baseType === 'oid'))) {
    const text = looseLargeObjectStatement(owner.tag, owner.prefix)
    const trial = await runStatement(db, text)
    if (trial.error === undefined) seeded.statements.push({ relation: 0, text })
  }
  return seeded
}

/** Further rows, as policies ask for them; they are only there to be found, and attacks do not speak of them. */
async function seedFitting(
  db: Database,
  catalog: Catalog,
  tenancy: Tenancy,
  planned: Planned,
  owner: Owner,
  lessons: Lessons,
  seeded: Seeded,
): Promise<void> {
  const { relation } = planned
  const first = seeded.rows.get(relation.oid)?.[0]
  if (first === undefined) return
  for (const [index, values] of fittingValues(relation, first).entries()) {
    const settledHere = settled(catalog, tenancy, planned, owner, owner.member, 0, seeded)
    const fixed = new Map([...values, ...settledHere])
    const lesson = lessons.get(relation.oid) ?? { chosen: new Map(), minimal: false }
    const { tag, prefix } = owner
    const table = seeded.places.get(relation.oid) ?? 0
    const draft = { relation, fixed, tag, prefix, table, turn: 51 + index }
    const made = await seedRow(db, draft, { ...lesson, chosen: new Map(lesson.chosen) })
    if ('row' in made && !made.copied)
      seeded.statements.push({ relation: relation.oid, text: made.statement })
  }
}

function borrow({ borrowed }: Seeded, { tag }: Owner, row: Row): void {
  for (const value of Object.values(row)) {
    if (value !== null && !value.includes(tag.text) && !/^[0-9a-f-]{36}$/.test(value)) borrowed.add(value)
  }
}

/** A row that is there already and serves: of a table that is nobody's, or the registry's row of a given client. */
async function findReady(
  db: Database,
  catalog: Catalog,
  { relation, owned }: Planned,
  owner: Owner,
): Promise<Row | undefined> {
  if (owned?.registry && owner.exists) {
    return selectRow(db, relation, `x.${name(owned.column)}::text = ${quote(owner.tenant)}`)
  }
  const personal = userColumnsOf(catalog, relation).length > 0 || relation.schema === 'storage'
  return owned === undefined && !personal ? selectRow(db, relation, 'true') : undefined
}

/** What a trigger has put there for this client before us. */
async function findPresent(
  db: Database,
  { relation, owned }: Planned,
  owner: Owner,
): Promise<Row | undefined> {
  if (owned === undefined) return undefined
  return selectRow(db, relation, `x.${name(owned.column)}::text = ${quote(owner.tenant)}`)
}

async function seedUsers(
  db: Database,
  catalog: Catalog,
  plan: readonly Planned[],
  owner: Owner,
  seeded: Seeded,
): Promise<void> {
  const users = catalog.relations.find((relation) => nameOf(relation) === 'auth.users')
  if (users === undefined) return
  const needed = plan.some(({ relation }) => relation.constraints.some(({ target }) => target === users.oid))
  if (!needed) return
  for (const [turn, id] of [owner.member, owner.admin].entries()) {
    const fixed = new Map([
      ['id', `${quote(id)}::uuid`],
      ['email', `${quote(`user${turn}-${owner.tag.text}@example.com`)}`],
    ])
    const draft = { relation: users, fixed, tag: owner.tag, prefix: owner.prefix, table: 0, turn }
    const made = await seedRow(db, draft, { chosen: new Map(), minimal: true })
    if ('row' in made) {
      seeded.rows.set(users.oid, [...(seeded.rows.get(users.oid) ?? []), made.row])
      seeded.statements.push({ relation: users.oid, text: made.statement })
    } else {
      seeded.failures.set(users.oid, made.reason)
    }
  }
}

/** The columns of which only one value is right: whose row it is, and what its keys lead to. */
export function settled(
  catalog: Catalog,
  tenancy: Tenancy,
  { relation, owned }: Planned,
  owner: Owner,
  person: string,
  turn: number,
  seeded: Seeded,
): Map<string, string> {
  const fixed = new Map<string, string>()
  const put = (column: string, value: string | null | undefined) => {
    const type = relation.columns.find(({ name }) => name === column)?.type
    if (type === undefined) return
    fixed.set(column, value === null || value === undefined ? 'null' : `${quote(value)}::${type}`)
  }
  for (const key of relation.constraints.filter(({ kind }) => kind === 'f')) {
    for (const [column, value] of keyValues(catalog, key, relation, person, turn, seeded)) {
      if (!fixed.has(column) || fixed.get(column) === 'null') put(column, value)
    }
    for (const [column, value] of foretold(catalog, key, owner, seeded)) fixed.set(column, value)
  }
  for (const column of userColumnsOf(catalog, relation)) put(column, person)
  if (relation.schema === 'storage' && relation.name === 'buckets') {
    put('id', owner.bucket)
    put('name', owner.bucket)
  }
  if (owned !== undefined) put(owned.column, owner.tenant)
  if (tenancy.membership?.relation === relation && turn === 1) putAdminRole(catalog, relation, put)
  for (const [column, value] of boundValues(relation)) put(column, value)
  return fixed
}

function keyValues(
  catalog: Catalog,
  key: Constraint,
  relation: Relation,
  person: string,
  turn: number,
  seeded: Seeded,
): [string, string | null][] {
  const target = catalog.relations.find(({ oid }) => oid === key.target)
  if (target === undefined) return []
  if (nameOf(target) === 'auth.users') return key.columns.map((column) => [column, person])
  const rows = target === relation ? [] : (seeded.rows.get(target.oid) ?? [])
  const parent = rows[turn] ?? rows[0]
  const mayBeNull = (column: string) =>
    relation.columns.find(({ name }) => name === column)?.notNull === false
  return key.columns.flatMap((column, index): [string, string | null][] => {
    const value = parent?.[key.targetColumns[index] ?? '']
    if (value !== undefined && value !== null) return [[column, value]]
    return mayBeNull(column) ? [[column, null]] : []
  })
}

/** Of a key that is checked later, the values that its target will have when it is seeded in its turn. */
function foretold(
  catalog: Catalog,
  key: Constraint,
  { tag, prefix }: Owner,
  seeded: Seeded,
): [string, string][] {
  const target = catalog.relations.find(({ oid }) => oid === key.target)
  const place = target === undefined ? undefined : seeded.places.get(target.oid)
  if (!key.deferrable || target === undefined || place === undefined || seeded.rows.has(target.oid)) return []
  const keys = target.constraints.filter(({ kind, columns }) => kind === 'f' && columns.length > 0)
  return key.columns.flatMap((column, index): [string, string][] => {
    const there = target.columns.find(({ name }) => name === key.targetColumns[index])
    if (there === undefined || keys.some(({ columns }) => columns.includes(there.name))) return []
    const of = { tag, prefix, place: place * 40 + there.number, turn: 0 }
    const [value] = candidatesOf(there, [], of)
    return value === undefined ? [] : [[column, value]]
  })
}

function putAdminRole(
  { routines, relations }: Catalog,
  relation: Relation,
  put: (column: string, value: string) => void,
): void {
  for (const column of relation.columns.filter(({ name }) => /role/i.test(name))) {
    const checks = relation.constraints.filter(
      ({ kind, columns }) => kind === 'c' && columns.includes(column.name),
    )
    const compared = new RegExp(`\\b${column.name.replace(/\W/g, '\\$&')}\\)?\\s*=\\s*'(\\w+)'`, 'g')
    const texts = [
      ...routines.map(({ source }) => source),
      ...relations.flatMap(({ policies }) => policies.map(({ using }) => using ?? '')),
    ]
    const known = [
      ...(column.labels ?? []),
      ...(column.labels === null && checks.length === 0
        ? texts.flatMap((text) => [...text.matchAll(compared)].map(([, label = '']) => label))
        : []),
      ...checks.flatMap(({ definition }) =>
        [...definition.matchAll(/'(\w+)'/g)].map(([, label = '']) => label),
      ),
    ]
    const best =
      known.find((label) => /^(owner|admin)/i.test(label)) ??
      (known.length === 0 && column.category === 'S' ? 'admin' : undefined)
    if (best !== undefined) put(column.name, best)
  }
}

/** The values that make a row fall into a partition: the lower end of a range, or the first of a list. */
function boundValues({ bound, partitionColumns }: Relation): [string, string][] {
  const [, inner = ''] = /(?:FROM|IN) \(([^)]*)\)/.exec(bound ?? '') ?? []
  const literals = inner.split(/,\s*/).map((text) => text.trim().replace(/^'(.*)'$/, '$1'))
  return partitionColumns.flatMap((column, index): [string, string][] => {
    const value = literals[index]
    return value === undefined || value === '' || /^(MINVALUE|MAXVALUE|NULL)$/.test(value)
      ? []
      : [[column, value]]
  })
}
