import type { Database } from '../../database/database.ts'
import type { Column, Constraint, Relation } from '../catalog/catalog.ts'
import { runStatement, type Trial, tryStatement } from '../engine/trial.queries.ts'
import type { Tag } from '../tags.ts'
import { candidatesOf } from './column-values.ts'
import {
  conditionOf,
  copiedColumn,
  copyStatement,
  insertStatement,
  type Row,
  returningRow,
  selectRow,
} from './seed.queries.ts'

/** What is known of a row before it is tried. */
export type Draft = {
  relation: Relation
  /** Columns whose value is settled, as SQL text. */
  fixed: ReadonlyMap<string, string>
  tag: Tag
  prefix: string | undefined
  /** Number of the table, so that no two tables have equal values. */
  table: number
  turn: number
}

/** What was learned about a table: which candidate of a column it takes. */
export type Lesson = { chosen: Map<string, number>; minimal: boolean }

/** What was learned about each table while the first client was seeded, by the table's oid. */
export type Lessons = Map<number, Lesson>

/** A row that stands, with the statement that made it; or why none does. */
export type SeededRow = { row: Row; statement: string; copied: boolean } | { reason: string }

const mostAttempts = 80

/**
 * Inserts a row that the table accepts: tries values, and learns from each refusal which column to change; where
 * nothing helps, takes over the values of a row that is there, but for its keys.
 */
export async function seedRow(db: Database, draft: Draft, lesson: Lesson): Promise<SeededRow> {
  const made = await inventRow(db, draft, lesson)
  if ('row' in made) return made
  return (await copyRow(db, draft)) ?? made
}

async function copyRow(db: Database, draft: Draft): Promise<SeededRow | undefined> {
  const { relation } = draft
  if (relation.rules.length > 0) return undefined
  const columns = openColumns(draft)
  const bound = new Set(
    relation.constraints.filter(({ kind }) => kind === 'c').flatMap((check) => check.columns),
  )
  const keys = new Set([
    ...relation.constraints.filter(({ kind }) => kind === 'p' || kind === 'u').flatMap((key) => key.columns),
    ...relation.indexes
      .filter(({ unique }) => unique)
      .flatMap((index) => index.keys.map(({ column }) => column)),
  ])
  const free = ({ column }: Open) =>
    !bound.has(column.name) && column.domainChecks === null && column.category === 'S'
  for (const marks of [
    (open: Open) => keys.has(open.column.name) || free(open),
    (open: Open) => keys.has(open.column.name),
  ]) {
    const values = new Map(draft.fixed)
    for (const open of columns) {
      const [candidate] = marks(open) ? open.candidates : []
      values.set(
        open.column.name,
        candidate === undefined || candidate === 'default' ? copiedColumn(open.column.name) : candidate,
      )
    }
    const statement = copyStatement(relation, values)
    const trial = await tryStatement(db, returningRow(relation, statement))
    if (trial.row) return { row: trial.row, statement, copied: true }
  }
  return undefined
}

async function inventRow(db: Database, draft: Draft, lesson: Lesson): Promise<SeededRow> {
  let turn = draft.turn
  let reason = 'no value was accepted'
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const columns = openColumns({ ...draft, turn })
    const statement = insertStatement(draft.relation, valuesOf(draft, columns, lesson))
    const trial = await tryInsert(db, draft.relation, statement, draft.fixed)
    if (trial.row) return { row: trial.row, statement, copied: false }
    if (trial.error === undefined) return { reason: 'a trigger swallows the row' }
    reason = `${trial.error.message} (${trial.error.state})`
    if (trial.error.state === '23505' && turn < draft.turn + 3) turn += 1000
    else if (!learn(trial.error, draft, columns, lesson)) return { reason }
  }
  return { reason }
}

/** A table with rewrite rules takes no INSERT that answers; its row is looked up by what is settled of it. */
async function tryInsert(
  db: Database,
  relation: Relation,
  statement: string,
  fixed: Draft['fixed'],
): Promise<Trial> {
  if (relation.rules.length === 0) return tryStatement(db, returningRow(relation, statement))
  const trial = await runStatement(db, statement)
  const row = trial.error === undefined ? await selectRow(db, relation, conditionOf(fixed)) : undefined
  return row === undefined ? trial : { row }
}

/** What was learned about a table so far; of one that was not tried, nothing. */
export function lessonOf(lessons: Lessons, { oid }: Relation): Lesson {
  return lessons.get(oid) ?? { chosen: new Map(), minimal: false }
}

/** The values that a table has been found to take, for a further row that is not inserted yet. */
export function draftValues(draft: Draft, lesson: Lesson): Map<string, string> {
  return valuesOf(draft, openColumns(draft), lesson)
}

type Open = { column: Column; candidates: readonly string[] }

function openColumns({ relation, fixed, tag, prefix, table, turn }: Draft): Open[] {
  const checks = relation.constraints.filter(({ kind }) => kind === 'c')
  return relation.columns
    .filter(({ name, generated }) => !fixed.has(name) && !generated)
    .map((column) => {
      const own = checks.filter(({ columns }) => columns.includes(column.name))
      const of = { tag, prefix, place: table * 40 + column.number, turn }
      return { column, candidates: candidatesOf(column, own, of) }
    })
}

function valuesOf({ fixed }: Draft, columns: readonly Open[], lesson: Lesson): Map<string, string> {
  const values = new Map(fixed)
  for (const { column, candidates } of columns) {
    const chosen = lesson.chosen.get(column.name)
    const spare =
      lesson.minimal &&
      (column.hasDefault || !column.notNull) &&
      column.identity === '' &&
      chosen === undefined
    const value = spare ? 'default' : candidates[chosen ?? 0]
    if (value !== undefined && value !== 'default') values.set(column.name, value)
  }
  return values
}

/** Changes what a refusal points at; false when there is nothing left to change. */
function learn(
  error: NonNullable<Trial['error']>,
  { relation }: Draft,
  columns: readonly Open[],
  lesson: Lesson,
): boolean {
  const broken = relation.constraints.find(({ name }) => name === error.constraint)
  const culprits = culpritsOf(error, broken, columns)
  if (culprits.length > 0) return turnOver(culprits, lesson)
  if (!lesson.minimal) {
    lesson.minimal = true
    return true
  }
  // The server does not say which column: whatever must be given is tried through.
  if (error.state.startsWith('22') || error.state === 'P0001') {
    return turnOver(
      columns.filter(({ column }) => column.notNull && !column.hasDefault),
      lesson,
    )
  }
  return false
}

function culpritsOf(
  error: NonNullable<Trial['error']>,
  broken: Constraint | undefined,
  columns: readonly Open[],
): Open[] {
  if (error.state === '23502') return columns.filter(({ column }) => column.name === error.column)
  if (!error.state.startsWith('23')) return []
  if (broken !== undefined) return columns.filter(({ column }) => broken.columns.includes(column.name))
  return columns.filter(({ column }) => column.domainChecks?.some(({ name }) => name === error.constraint))
}

/** The next combination of candidates, like a counter's wheels. */
function turnOver(columns: readonly Open[], lesson: Lesson): boolean {
  for (const { column, candidates } of columns) {
    const next = (lesson.chosen.get(column.name) ?? 0) + 1
    if (next < candidates.length) {
      lesson.chosen.set(column.name, next)
      return true
    }
    lesson.chosen.set(column.name, 0)
  }
  return false
}
