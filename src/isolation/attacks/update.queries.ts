import { grantOf, nameOf } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import { literalOf, quietColumn } from './columns.queries.ts'
import { foreignReferences, foreignUniques, keyFix, uniqueFix } from './references.queries.ts'
import type { Shot } from './shot.ts'

/** Updates with and without a condition, moves to B and from it, references to B and its values. */
export function updates(world: World, target: Target, attacker: Attacker): Shot[] {
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
