import { floorFix } from '../attacks/fixes.queries.ts'
import { foreignUniques } from '../attacks/references.queries.ts'
import { nameOf, type Relation } from '../catalog/catalog.ts'
import { name } from '../engine/engine.queries.ts'
import { clientRoles, type Target, type World } from '../world.ts'
import type { Breach, Rule } from './rule.ts'

/** The client-owned tables of the database itself, without those of the platform. */
export function owned(world: World): (Target & { owner: NonNullable<Target['owner']> })[] {
  return world.targets.filter(
    (target): target is Target & { owner: NonNullable<Target['owner']> } =>
      target.owner !== null && !target.storage,
  )
}

/** A relation's quoted name. */
export function at({ schema, name: table }: Relation): string {
  return name(schema, table)
}

/** Whether clients' keys in this table carry the tenant column, so that references to it could, too. */
function hasCompositeKey({ relation, owner }: Target): boolean {
  return (
    owner !== null &&
    relation.constraints.some(
      ({ kind, columns }) =>
        (kind === 'p' || kind === 'u') && columns.length > 1 && columns.includes(owner.column),
    )
  )
}

const rowSecurityOff: Rule = {
  id: 'row-security-off',
  title: 'Row-level security is off on a client-owned table',
  why: 'Without it every right on the table is a right on every row of it.',
  family: 'rule',
  find: (world) =>
    owned(world)
      .filter(({ relation }) => relation.kind !== 'f' && !relation.rowSecurity)
      .map(({ relation, owner }): Breach => {
        const granted = relation.grants
          .filter(({ role }) => clientRoles(world).includes(role))
          .map(({ role }) => role)
        return {
          object: nameOf(relation),
          evidence:
            granted.length > 0
              ? `${granted.join(', ')} have rights on it.`
              : 'No client has a right on it yet.',
          fix: floorFix(world, relation, owner.column),
          show: `select relrowsecurity from pg_class where oid = '${at(relation)}'::regclass;`,
          ...(granted.length > 0 ? {} : { note: true }),
        }
      }),
}

const notForced: Rule = {
  id: 'row-security-not-forced',
  title: 'The owner of a client-owned table stands outside its policies',
  why: 'Without FORCE whatever runs as the owner (a definer function, a view, a login) sees every row.',
  family: 'rule',
  find: (world) => {
    return owned(world)
      .filter(({ relation }) => relation.rowSecurity && relation.kind !== 'f' && !relation.forced)
      .map(({ relation }): Breach => {
        const owner = world.catalog.roles.find(({ name: role }) => role === relation.owner)
        const exempt = owner === undefined || owner.superuser || owner.bypass
        return {
          object: nameOf(relation),
          evidence: `Its owner ${relation.owner} ${exempt ? 'passes policies anyway' : 'is an ordinary role'}.`,
          fix: `alter table ${at(relation)} force row level security;`,
          show: `select relforcerowsecurity from pg_class where oid = '${at(relation)}'::regclass;`,
          ...(exempt ? { note: true } : {}),
        }
      })
  },
}

const keyWithoutTenant: Rule = {
  id: 'foreign-key-without-tenant',
  title: 'A foreign key between client-owned tables does not carry the tenant column',
  why: 'Foreign keys are checked outside row-level security: a row may come to refer to another client, and cascades reach it.',
  family: 'foreign-key',
  also: ['rule'],
  find: (world) =>
    owned(world).flatMap(({ relation, owner, registry }) =>
      registry
        ? []
        : relation.constraints.flatMap((key): Breach[] => {
            const parent = owned(world).find((target) => target.relation.oid === key.target)
            if (
              key.kind !== 'f' ||
              key.columns.includes(owner.column) ||
              parent === undefined ||
              parent.registry
            )
              return []
            return [
              {
                object: `${nameOf(relation)}.${key.name}`,
                evidence: key.definition,
                fix: `alter table ${at(relation)} drop constraint ${name(key.name)},\n  add foreign key (${[owner.column, ...key.columns].map((each) => name(each)).join(', ')}) references ${at(parent.relation)} (${[parent.owner.column, ...key.targetColumns].map((each) => name(each)).join(', ')});`,
                ...(hasCompositeKey(parent) ? {} : { note: true }),
              },
            ]
          }),
    ),
}

const nullingKey: Rule = {
  id: 'foreign-key-nulls-tenant',
  title: 'A foreign key sets the tenant column to null',
  why: "ON DELETE SET NULL on a key that carries the tenant column makes rows nobody's.",
  family: 'null-tenant',
  also: ['rule'],
  find: (world) =>
    owned(world).flatMap(({ relation, owner }) =>
      relation.constraints
        .filter(
          ({ kind, columns, onDelete, definition }) =>
            kind === 'f' &&
            onDelete === 'n' &&
            columns.includes(owner.column) &&
            !/SET NULL \(/.test(definition),
        )
        .map((key): Breach => {
          const nullable = relation.columns.find((each) => each.name === owner.column)?.notNull === false
          return {
            object: `${nameOf(relation)}.${key.name}`,
            evidence: key.definition,
            fix: `alter table ${at(relation)} alter column ${name(owner.column)} set not null;`,
            ...(nullable ? {} : { note: true }),
          }
        }),
    ),
}

const uniqueWithoutTenant: Rule = {
  id: 'unique-without-tenant',
  title: 'A unique constraint spans all clients',
  why: 'Its conflicts tell one client which values another has.',
  family: 'unique',
  also: ['rule'],
  find: (world) =>
    owned(world).flatMap((target) =>
      foreignUniques(target).map(
        ({ constraint, columns }): Breach => ({
          object: `${nameOf(target.relation)}.${constraint}`,
          evidence: `unique (${columns.join(', ')})`,
          fix: `create unique index on ${at(target.relation)} (${[target.owner.column, ...columns].map((each) => name(each)).join(', ')});`,
          ...(hasCompositeKey(target) ? {} : { note: true }),
        }),
      ),
    ),
}

const nullableTenant: Rule = {
  id: 'tenant-nullable',
  title: 'The tenant column may be null',
  why: 'A row of nobody is outside every comparison with a client, and some policies show it to all.',
  family: 'null-tenant',
  also: ['rule'],
  find: (world) =>
    owned(world)
      .filter(
        ({ relation, owner }) =>
          relation.columns.find((each) => each.name === owner.column)?.notNull === false,
      )
      .map(({ relation, owner }): Breach => {
        const strict = owned(world).some(
          (other) =>
            other.relation.schema === relation.schema &&
            other.relation !== relation &&
            other.relation.columns.find((each) => each.name === other.owner.column)?.notNull === true &&
            hasCompositeKey(other),
        )
        return {
          object: nameOf(relation),
          evidence: `${owner.column} has no NOT NULL.`,
          fix: `alter table ${at(relation)} alter column ${name(owner.column)} set not null;`,
          ...(strict ? {} : { note: true }),
        }
      }),
}

/** Rules about client-owned tables. */
export const tableRules: readonly Rule[] = [
  rowSecurityOff,
  notForced,
  keyWithoutTenant,
  nullingKey,
  uniqueWithoutTenant,
  nullableTenant,
]
