import type { Database } from '../../database/database.ts'
import { type Catalog, nameOf } from '../catalog/catalog.ts'
import { name, quote } from '../engine/engine.queries.ts'
import { runStatement } from '../engine/trial.queries.ts'
import { type Tenancy, userColumnsOf } from '../tenancy.ts'
import { fittingValues } from './fitting-rows.ts'
import type { Planned } from './plan.ts'
import { looseLargeObjectStatement, type Row, selectRow } from './seed.queries.ts'
import { type Lessons, lessonOf, seedRow } from './seed-row.ts'
import { noteRow, type Owner, type Seeded } from './seeded.ts'
import { settledValues } from './settled-values.ts'

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
      const fixed = settledValues(catalog, tenancy, planned, owner, person, turn, seeded)
      const lesson = lessonOf(lessons, relation)
      lessons.set(relation.oid, lesson)
      const { tag, prefix } = owner
      const made = await seedRow(db, { relation, fixed, tag, prefix, table: index + 1, turn }, lesson)
      if ('row' in made) {
        noteRow(seeded, relation, made.row, made.statement)
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
    const settled = settledValues(catalog, tenancy, planned, owner, owner.member, 0, seeded)
    const fixed = new Map([...values, ...settled])
    const lesson = lessonOf(lessons, relation)
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
      noteRow(seeded, users, made.row, made.statement)
    } else {
      seeded.failures.set(users.oid, made.reason)
    }
  }
}
