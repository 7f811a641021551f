import { type Column, grantOf, nameOf, type Relation } from '../catalog/catalog.ts'
import { name, quote, readStatement } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import { nearestFirst } from './call-documents.ts'
import { insertion, literalOf, quietColumn } from './columns.queries.ts'
import { selectFrom } from './read.queries.ts'
import { foreignReferences, foreignUniques, keyFix, uniqueFix } from './references.queries.ts'
import type { Shot } from './shot.ts'

/** Rows of B, rows of nobody, and rows of A that refer to B, run into its values or name it. */
export function insertions(world: World, target: Target, attacker: Attacker): Shot[] {
  const { relation, owner, registry } = target
  if (owner === null || registry) return []
  const granted = grantOf(relation, attacker.role).columns.INSERT
  const into = (values: ReadonlyMap<string, string>, tail = '') => insertion(relation, values, granted, tail)
  const rowOf = (whose: 'a' | 'b', turn: number, changes: Record<string, string> = {}, person?: string) =>
    new Map([...freshRow(world, target, whose, turn, person), ...Object.entries(changes)])
  const of = nameOf(relation)
  const shots: Shot[] = []
  if (granted.includes(owner.column)) {
    const asB = {
      family: 'insert',
      verb: 'insert',
      judge: 'change',
      title: `A row of another client can be inserted into ${of}`,
    } as const
    shots.push({ ...asB, statement: into(rowOf('b', 11)) })
    shots.push({ ...asB, statement: into(rowOf('b', 12), ' on conflict do nothing') })
    const person = rowOf('b', 13, {}, world.a.member)
    if ([...person].some(([column, value]) => rowOf('b', 13).get(column) !== value)) {
      shots.push({
        ...asB,
        statement: into(person),
        also: ['escalation'],
        title: `One can make oneself belong to another client in ${of}`,
      })
    }
    shots.push({
      ...asB,
      once: true,
      statement: into(
        rowOf('a', 22, { [owner.column]: literalOf(relation, owner.column, target.rowB?.[owner.column]) }),
      ),
    })
    const overwriting = upsert(target, attacker, into, rowOf)
    if (overwriting !== undefined) shots.push(overwriting)
  }
  if (relation.triggers.length > 0 || relation.rules.length > 0) {
    for (const [turn, marks] of namingB(world, relation, owner.column).entries()) {
      shots.push({
        family: relation.triggers.length > 0 ? 'trigger' : 'rule',
        verb: 'insert',
        judge: 'change',
        statement: into(rowOf('a', 18 + turn, marks)),
        rereads: [readStatement(selectFrom(target, attacker), world.patterns.b, world.patterns.a)],
        title: `What a row of ${of} sets off reaches the client that it names`,
        fix: relation.triggers
          .map((trigger) => `drop trigger ${name(trigger.name)} on ${name(relation.schema, relation.name)};`)
          .join('\n'),
      })
    }
  }
  shots.push(...sameWords(target, granted, (values) => into(rowOf('a', 23, values))))
  const column = relation.columns.find((each) => each.name === owner.column)
  if (column?.notNull === false && !target.storage) {
    shots.push({
      family: 'null-tenant',
      verb: 'insert',
      judge: 'success',
      statement: into(rowOf('a', 14, { [owner.column]: 'null' })),
      title: `A row without an owner can be inserted into ${of}`,
      fix: `alter table ${name(relation.schema, relation.name)} alter column ${name(owner.column)} set not null;`,
    })
  }
  for (const { key, values } of foreignReferences(world, target)) {
    shots.push({
      family: 'foreign-key',
      verb: 'insert',
      judge: 'success',
      statement: into(rowOf('a', 15, values)),
      title: `A row in ${of} can refer to a row of another client by ${key.name}`,
      fix: keyFix(world, relation, key),
    })
  }
  for (const { constraint, columns } of foreignUniques(target)) {
    const values = Object.fromEntries(
      columns.map((each) => [each, literalOf(relation, each, target.rowB?.[each])]),
    )
    shots.push({
      family: 'unique',
      verb: 'insert',
      judge: 'conflict',
      statement: into(rowOf('a', 16, values)),
      title: `A conflict on ${constraint} in ${of} tells that another client has a value`,
      fix: uniqueFix(relation, constraint, columns, owner.column),
    })
  }
  return shots
}

function freshRow(
  world: World,
  target: Target,
  whose: 'a' | 'b',
  turn: number,
  person?: string,
): Map<string, string> {
  if (!target.storage) return world.fresh(target.relation, whose, turn, person)
  const row = whose === 'a' ? target.rowA : target.rowB
  const who = whose === 'a' ? world.a : world.b
  if (target.relation.name === 'buckets')
    return new Map([
      ['id', quote(`${who.bucket}-x${turn}`)],
      ['name', quote(`${who.bucket}-x${turn}`)],
    ])
  return new Map([
    ['bucket_id', quote(row?.bucket_id ?? who.bucket)],
    ['name', quote(`${row?.name ?? who.tenant}-x${turn}`)],
  ])
}

/** A row of A's with the words of B's: what is refused only since B has them, a trigger or a CHECK has asked B's rows. */
function sameWords(
  { relation, owner, rowB, storage }: Target,
  granted: readonly string[],
  statement: (values: Record<string, string>) => string,
): Shot[] {
  const asks =
    relation.triggers.length > 0 ||
    relation.constraints.some(({ kind, definition }) => kind === 'c' && /\w\.\w+\(/.test(definition))
  if (storage || !asks || rowB === undefined) return []
  const bound = new Set([
    owner?.column,
    ...relation.constraints.filter(({ kind }) => kind === 'f').flatMap(({ columns }) => columns),
  ])
  const words = relation.columns.filter(
    ({ name: column, category, generated }) =>
      granted.includes(column) &&
      'SN'.includes(category) &&
      !generated &&
      !bound.has(column) &&
      rowB[column] != null,
  )
  if (words.length === 0) return []
  const values = words.map(({ name: column }) => [column, literalOf(relation, column, rowB[column])] as const)
  return [
    {
      family: relation.triggers.length > 0 ? 'trigger' : 'unique',
      also: ['unique'],
      verb: 'insert',
      judge: 'oracle',
      once: true,
      compare: true,
      statement: statement(Object.fromEntries(values)),
      title: `A refusal in ${nameOf(relation)} tells that another client has a value`,
      fix: `-- let the trigger or CHECK of ${nameOf(relation)} ask rows of the same ${owner?.column} only`,
    },
  ]
}

/** A's own row, naming B wherever it can: a trigger with more rights than the caller may believe it. */
function namingB(world: World, relation: Relation, owner: string): Record<string, string>[] {
  const keyed = new Set(
    relation.constraints.filter(({ kind }) => kind === 'f').flatMap(({ columns }) => columns),
  )
  const free = relation.columns.filter(
    ({ name: column, generated }) => column !== owner && !generated && !keyed.has(column),
  )
  const ofType = (type: string) =>
    free.filter(({ baseType, name: column }) => baseType === type && column !== 'id')
  const put = (columns: readonly Column[], value: string) =>
    Object.fromEntries(columns.map(({ name: column }) => [column, literalOf(relation, column, value)]))
  const { tenant } = world.b
  const tenantType = world.tenancy.type
  const ids = ofType(tenantType)
  const sources = relation.triggers.map(({ source }) => source).join('\n')
  const rows = world.targets.flatMap(({ relation: { name: table, oid }, owner: whose, rowB: row }) =>
    whose === null || row === undefined ? [] : [{ table, oid, row }],
  )
  const keys = nearestFirst(rows, `${sources} ${relation.name}`)
    .slice(0, 3)
    .flatMap(({ row: { id } }) => (id == null || id === tenant ? [] : [id]))
  const named = (key: string) => ofType(key.length === 36 ? 'uuid' : /^\d+$/.test(key) ? 'bigint' : 'text')
  const texts = free.filter(({ category, default: initial }) => category === 'S' && initial === null)
  const code = world.targets.find(({ registry }) => registry)?.rowB
  const word =
    Object.entries(code ?? {}).find(
      ([column, value]) => /(code|slug)$/.test(column) && value !== null,
    )?.[1] ?? tenant
  return [
    ...(ids.length > 0 ? [put(ids, tenant)] : []),
    ...keys.flatMap((key) => (named(key).length > 0 ? [put(named(key), key)] : [])),
    ...(texts.length > 0 ? [put(texts, word)] : []),
  ]
}

/** An insert that runs into B's own row and overwrites it. */
function upsert(
  target: Target,
  attacker: Attacker,
  into: (values: ReadonlyMap<string, string>, tail?: string) => string,
  rowOf: (whose: 'a' | 'b', turn: number, changes?: Record<string, string>) => Map<string, string>,
): Shot | undefined {
  const { relation, rowB } = target
  const key = relation.constraints.find(({ kind }) => kind === 'p')
  const { columns, privileges } = grantOf(relation, attacker.role)
  const set = quietColumn(relation, columns.UPDATE)
  if (key === undefined || rowB === undefined || set === undefined) return undefined
  if (!privileges.includes('SELECT') || !key.columns.every((column) => columns.INSERT.includes(column)))
    return undefined
  const values = Object.fromEntries(
    key.columns.map((column) => [column, literalOf(relation, column, rowB[column])]),
  )
  const list = key.columns.map((column) => name(column)).join(', ')
  return {
    family: 'insert',
    also: ['update'],
    verb: 'update',
    judge: 'change',
    statement: into(
      rowOf('b', 17, values),
      ` on conflict (${list}) do update set ${name(set.name)} = excluded.${name(set.name)}`,
    ),
    title: `An upsert overwrites a row of another client in ${nameOf(relation)}`,
  }
}
