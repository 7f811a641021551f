import {
  type Column,
  type Constraint,
  grantOf,
  may,
  nameOf,
  type Privilege,
  type Relation,
} from '../catalog/catalog.ts'
import type { Context } from '../contexts.ts'
import { name, quote } from '../engine/engine.queries.ts'
import type { Family } from '../families.ts'
import type { Verb } from '../isolation-report.ts'
import { type Attacker, isPlatform, type Target, type World } from '../world.ts'
import type { Attack, Judge } from './attack.ts'
import { floorFix, relationFix } from './fixes.queries.ts'
import { mentions } from './mentions.ts'

type Shot = {
  family: Family
  verb: Verb
  judge: Judge
  statement: string
  title: string
  also?: readonly Family[]
  prepare?: readonly string[]
  fix?: string
}

/** Inserts, moves, updates, deletes and truncates on every client-owned table, blind and aimed, as far as grants go. */
export function writeAttacks(world: World): Attack[] {
  return world.attackers.flatMap((attacker) =>
    world.targets.flatMap((target) => {
      if (target.owner === null || target.rowA === undefined || target.rowB === undefined) return []
      const shots = shotsAt(world, target, attacker)
      return attacker.contexts.flatMap((context) =>
        shots.map((shot) => toAttack(world, target, attacker, context, shot)),
      )
    }),
  )
}

function toAttack(world: World, target: Target, attacker: Attacker, context: Context, shot: Shot): Attack {
  const { relation } = target
  const stored: readonly Family[] = [
    ...(target.storage ? (['storage'] as const) : []),
    ...(relation.rules.length > 0 ? (['rule'] as const) : []),
  ]
  return {
    ...shot,
    also: [...(shot.also ?? []), ...stored, ...(context.hostile ? (['context'] as const) : [])],
    object: nameOf(relation),
    attacker,
    context,
    kind: 'write',
    shown: shot.statement,
    touches: touchedBy(world, relation),
    supplied: shot.statement,
    fix: shot.fix ?? relationFix(world, relation, target.owner?.column),
  }
}

function shotsAt(world: World, target: Target, attacker: Attacker): Shot[] {
  const grant = (privilege: Privilege) => may(target.relation, attacker.role, privilege)
  return [
    ...(grant('INSERT') ? insertions(world, target, attacker) : []),
    ...(grant('UPDATE') ? updates(world, target, attacker) : []),
    ...(grant('DELETE') ? deletions(world, target, attacker) : []),
    ...(grant('TRUNCATE') && !isPlatform(target.relation) ? [truncation(target)] : []),
  ]
}

function insertions(world: World, target: Target, attacker: Attacker): Shot[] {
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
        title: `What a row of ${of} sets off reaches the client that it names`,
        fix: relation.triggers
          .map((trigger) => `drop trigger ${name(trigger.name)} on ${name(relation.schema, relation.name)};`)
          .join('\n'),
      })
    }
  }
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

function insertion(
  relation: Relation,
  values: ReadonlyMap<string, string>,
  granted: readonly string[],
  tail = '',
): string {
  const columns = [...values].filter(([column]) => granted.includes(column))
  const at = name(relation.schema, relation.name)
  if (columns.length === 0) return `insert into ${at} default values${tail}`
  const always = columns.some(([column]) =>
    relation.columns.some((each) => each.name === column && each.identity !== ''),
  )
  const list = columns.map(([column]) => name(column)).join(', ')
  return `insert into ${at} (${list})${always ? ' overriding system value' : ''} values (${columns.map(([, value]) => value).join(', ')})${tail}`
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
  const texts = free.filter(({ category, default: initial }) => category === 'S' && initial === null)
  const code = world.targets.find(({ registry }) => registry)?.rowB
  const word =
    Object.entries(code ?? {}).find(
      ([column, value]) => /(code|slug)$/.test(column) && value !== null,
    )?.[1] ?? tenant
  return [...(ids.length > 0 ? [put(ids, tenant)] : []), ...(texts.length > 0 ? [put(texts, word)] : [])]
}

/** An INSERT of all the given values. */
export function insertable(relation: Relation, values: ReadonlyMap<string, string>): string {
  return insertion(relation, values, [...values.keys()])
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

function updates(world: World, target: Target, attacker: Attacker): Shot[] {
  const { relation, owner, rowA, rowB, registry } = target
  if (owner === null) return []
  const at = name(relation.schema, relation.name)
  const { columns } = grantOf(relation, attacker.role)
  const shots: Shot[] = []
  const change = { family: 'update', verb: 'update', judge: 'change' } as const
  const set = quietColumn(relation, columns.UPDATE)
  const aims = columns.SELECT.includes(owner.column)
  if (set !== undefined) {
    const assignment = `${name(set.name)} = ${literalOf(relation, set.name, rowA?.[set.name])}`
    shots.push({
      ...change,
      statement: `update ${at} set ${assignment}`,
      title: `An update without a condition reaches rows of another client in ${nameOf(relation)}`,
    })
    if (aims)
      shots.push({
        ...change,
        statement: `update ${at} set ${assignment} where ${owner.ofB}`,
        title: `An update reaches rows of another client in ${nameOf(relation)}`,
      })
  } else if (aims) {
    const own = columns.UPDATE[0]
    if (own !== undefined)
      shots.push({
        ...change,
        statement: `update ${at} set ${name(own)} = ${literalOf(relation, own, rowB?.[own])} where ${owner.ofB}`,
        title: `An update reaches rows of another client in ${nameOf(relation)}`,
      })
  }
  if (
    columns.UPDATE.includes(owner.column) &&
    !registry &&
    !(target.storage && relation.name === 'buckets')
  ) {
    const move = {
      family: 'move',
      verb: 'update',
      judge: 'change',
      title: `A row of ${nameOf(relation)} can be moved to another client`,
    } as const
    const assignment = `${name(owner.column)} = ${literalOf(relation, owner.column, target.rowB?.[owner.column])}`
    shots.push({ ...move, statement: `update ${at} set ${assignment}` })
    if (aims) shots.push({ ...move, statement: `update ${at} set ${assignment} where ${owner.ofA}` })
    if (aims) {
      const taking = `${name(owner.column)} = ${literalOf(relation, owner.column, target.rowA?.[owner.column])}`
      shots.push({
        ...move,
        statement: `update ${at} set ${taking} where ${owner.ofB}`,
        title: `A row of another client in ${nameOf(relation)} can be taken over`,
      })
    }
    if (relation.columns.find((each) => each.name === owner.column)?.notNull === false && !target.storage) {
      const nothing = {
        family: 'null-tenant',
        verb: 'update',
        judge: 'success',
        title: `A row of ${nameOf(relation)} can be made nobody's`,
        fix: `alter table ${at} alter column ${name(owner.column)} set not null;`,
      } as const
      shots.push({
        ...nothing,
        statement: `update ${at} set ${name(owner.column)} = null${aims ? ` where ${owner.ofA}` : ''}`,
      })
    }
  }
  for (const { key, values } of foreignReferences(world, target)) {
    if (!Object.keys(values).every((column) => columns.UPDATE.includes(column))) continue
    const list = Object.entries(values).map(([column, value]) => `${name(column)} = ${value}`)
    shots.push({
      family: 'foreign-key',
      verb: 'update',
      judge: 'success',
      statement: `update ${at} set ${list.join(', ')}${aims ? ` where ${owner.ofA}` : ''}`,
      title: `A row in ${nameOf(relation)} can refer to a row of another client by ${key.name}`,
      fix: keyFix(world, relation, key),
    })
  }
  for (const { constraint, columns: unique } of foreignUniques(target)) {
    if (!unique.every((column) => columns.UPDATE.includes(column)) || !aims) continue
    const list = unique.map((column) => `${name(column)} = ${literalOf(relation, column, rowB?.[column])}`)
    shots.push({
      family: 'unique',
      verb: 'update',
      judge: 'conflict',
      statement: `update ${at} set ${list.join(', ')} where ${owner.ofA}`,
      title: `A conflict on ${constraint} in ${nameOf(relation)} tells that another client has a value`,
      fix: uniqueFix(relation, constraint, unique, owner.column),
    })
  }
  return shots
}

function deletions(world: World, target: Target, attacker: Attacker): Shot[] {
  const { relation, owner } = target
  if (owner === null) return []
  const at = name(relation.schema, relation.name)
  const shot = { family: 'delete', verb: 'delete', judge: 'change' } as const
  const aims = grantOf(relation, attacker.role).columns.SELECT.includes(owner.column)
  return [
    ...cascades(world, target, aims),
    {
      ...shot,
      statement: `delete from ${at}`,
      title: `A delete without a condition reaches rows of another client in ${nameOf(relation)}`,
    },
    ...(aims
      ? [
          {
            ...shot,
            statement: `delete from ${at} where ${owner.ofB}`,
            title: `A delete reaches rows of another client in ${nameOf(relation)}`,
          },
        ]
      : []),
  ]
}

/**
 * Rows of B that hang on a row of A, and go with it. Where clients write the referring table themselves, its policies
 * are tried instead; where only the operator does, nothing but the foreign key could keep the two apart.
 */
function cascades(world: World, { relation, owner, rowA, registry }: Target, aims: boolean): Shot[] {
  if (owner === null || registry) return []
  return world.targets.flatMap((child) =>
    child.relation.constraints.flatMap((key): Shot[] => {
      if (key.kind !== 'f' || key.target !== relation.oid || !'cnd'.includes(key.onDelete)) return []
      if (child.owner === null || child.rowB === undefined || key.columns.includes(child.owner.column))
        return []
      const written = world.attackers.some(({ role }) =>
        key.columns.some((column) => {
          const { columns } = grantOf(child.relation, role)
          return columns.INSERT.includes(column) || columns.UPDATE.includes(column)
        }),
      )
      if (written) return []
      const list = key.columns.map(
        (column, index) =>
          `${name(column)} = ${literalOf(child.relation, column, rowA?.[key.targetColumns[index] ?? ''])}`,
      )
      return [
        {
          family: 'foreign-key',
          verb: 'delete',
          judge: 'change',
          prepare: [
            `update ${name(child.relation.schema, child.relation.name)} set ${list.join(', ')} where ${child.owner.ofB}`,
          ],
          statement: `delete from ${name(relation.schema, relation.name)}${aims ? ` where ${owner.ofA}` : ''}`,
          title: `Deleting one's own row of ${nameOf(relation)} reaches rows of another client by ${key.name}`,
          fix: keyFix(world, child.relation, key),
        },
      ]
    }),
  )
}

function truncation({ relation }: Target): Shot {
  const at = name(relation.schema, relation.name)
  return {
    family: 'truncate',
    verb: 'truncate',
    judge: 'change',
    statement: `truncate ${at}`,
    title: `TRUNCATE empties ${nameOf(relation)} for every client`,
    fix: `revoke truncate on ${at} from public, anon, authenticated;`,
  }
}

/** Foreign keys to other clients' rows: those that do not carry the tenant column, with B's values. */
export function foreignReferences(
  world: World,
  { relation, owner, rowB, registry }: Target,
): { key: Constraint; values: Record<string, string> }[] {
  if (owner === null || registry) return []
  return relation.constraints.flatMap((key) => {
    if (key.kind !== 'f' || key.columns.includes(owner.column)) return []
    const parent = world.targets.find((target) => target.relation.oid === key.target)
    if (parent?.owner == null || parent.registry || parent.storage) return []
    const row = parent.relation === relation ? rowB : parent.rowB
    const values = key.columns.map(
      (column, index) => [column, row?.[key.targetColumns[index] ?? '']] as const,
    )
    if (values.some(([, value]) => value == null)) return []
    return [
      {
        key,
        values: Object.fromEntries(
          values.map(([column, value]) => [column, literalOf(relation, column, value)]),
        ),
      },
    ]
  })
}

/** Uniques across clients whose values can be guessed: without the tenant column, no key and no random default. */
export function foreignUniques({
  relation,
  owner,
  registry,
  storage,
}: Target): { constraint: string; columns: string[] }[] {
  if (owner === null || registry || storage) return []
  return relation.indexes.flatMap(({ name: constraint, unique, primary, keys }) => {
    const columns = [...new Set(keys.flatMap((key) => columnsOf(relation, key)))]
    if (!unique || primary || columns.includes(owner.column)) return []
    return columns.some((column) => isUnguessable(relation.columns.find((each) => each.name === column)))
      ? []
      : [{ constraint, columns }]
  })
}

/** The columns that a key of an index looks at: its own, or those its expression names. */
function columnsOf(
  relation: Relation,
  { column, expression }: Relation['indexes'][number]['keys'][number],
): string[] {
  if (column !== null) return [column]
  return relation.columns.map((each) => each.name).filter((each) => mentions(expression, each))
}

function isUnguessable(column: Column | undefined): boolean {
  return (
    column === undefined ||
    column.baseType === 'uuid' ||
    column.identity !== '' ||
    /random|uuid|nextval|gen_/i.test(column.default ?? '')
  )
}

/** A column that an update may set without breaking a key or a CHECK over several columns. */
export function quietColumn(relation: Relation, granted: readonly string[]): Column | undefined {
  const bound = new Set([
    ...relation.indexes
      .filter(({ unique }) => unique)
      .flatMap(({ keys }) => keys.map(({ column }) => column)),
    ...relation.constraints
      .filter(({ kind, columns }) => kind === 'f' || (kind === 'c' && columns.length > 1))
      .flatMap(({ columns }) => columns),
  ])
  return relation.columns.find(
    ({ name: column, generated, identity }) =>
      granted.includes(column) && !generated && identity === '' && !bound.has(column),
  )
}

/** A text as a literal of the column's type. */
export function literalOf(relation: Relation, column: string, value: string | null | undefined): string {
  const type = relation.columns.find((each) => each.name === column)?.type
  if (value === null || value === undefined) return 'null'
  return type === undefined ? quote(value) : `${quote(value).trim()}::${type}`
}

/** The client-owned tables that a write to this one can change: itself and what cascades, or all where triggers run. */
export function touchedBy(world: World, relation: Relation): number[] {
  const owned = world.targets.filter(({ owner }) => owner !== null).map(({ relation: each }) => each)
  if (relation.kind === 'v' || relation.triggers.length > 0) return owned.map(({ oid }) => oid)
  const reached = new Set([relation.oid, ...relation.parents])
  for (let size = 0; size !== reached.size; ) {
    size = reached.size
    for (const { oid, constraints, parents } of owned) {
      if (
        constraints.some(({ kind, target }) => kind === 'f' && target !== null && reached.has(target)) ||
        parents.some((parent) => reached.has(parent))
      )
        reached.add(oid)
    }
  }
  return [...reached]
}

function keyFix(world: World, relation: Relation, key: Constraint): string {
  const parent = world.catalog.relations.find(({ oid }) => oid === key.target)
  const at = name(relation.schema, relation.name)
  const column = world.tenancy.column
  if (parent === undefined) return floorFix(world, relation, column)
  const list = (columns: readonly string[]) => [column, ...columns].map((each) => name(each)).join(', ')
  return [
    `alter table ${name(parent.schema, parent.name)} add unique (${list(key.targetColumns)});`,
    `alter table ${at} drop constraint ${name(key.name)},`,
    `  add foreign key (${list(key.columns)}) references ${name(parent.schema, parent.name)} (${list(key.targetColumns)});`,
  ].join('\n')
}

function uniqueFix(
  relation: Relation,
  constraint: string,
  columns: readonly string[],
  owner: string,
): string {
  const isConstraint = relation.constraints.some(({ name: each }) => each === constraint)
  const at = name(relation.schema, relation.name)
  const drop = isConstraint
    ? `alter table ${at} drop constraint ${name(constraint)};`
    : `drop index ${name(relation.schema, constraint)};`
  return `${drop}\ncreate unique index on ${at} (${[owner, ...columns].map((each) => name(each)).join(', ')});`
}
