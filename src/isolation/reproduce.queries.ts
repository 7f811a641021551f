import type { Attack } from './attacks/attack.ts'
import { name, quote } from './engine/engine.queries.ts'
import type { World } from './world.ts'

/** A script for psql that shows a leak from nothing: seeds both clients, becomes the actor, attacks, takes it all back. */
export function reproduction(world: World, attack: Attack): string {
  const needed = [...world.seededA.statements, ...world.seededB.statements]
  const { role } = attack.attacker
  const settings = Object.entries(attack.context.settings).map(
    ([setting, value]) => `select set_config(${quote(setting)}, ${quote(value)}, true);`,
  )
  const text = [
    'begin;',
    ...needed.map(({ text }) => `${text};`),
    ...(attack.prepare ?? []).map((text) => `${text};`),
    ...settings,
    ...(role === world.catalog.prover ? [] : [`set local role ${name(role)};`]),
    `${attack.shown};`,
    ...(attack.judge === 'change' || attack.judge === 'call'
      ? ['reset role;', ...afterwards(world, attack)]
      : []),
    'rollback;',
  ].join('\n')
  const borrowed = [...world.seededA.borrowed, ...world.seededB.borrowed].filter((value) => value.length > 2)
  return borrowed.reduce(
    (shown, value) => shown.replaceAll(quote(value).trim(), "'<a value of a row that is there>'"),
    text,
  )
}

function afterwards(world: World, { touches = [] }: Attack): string[] {
  return world.targets
    .filter(({ relation, owner }) => owner !== null && touches.includes(relation.oid))
    .slice(0, 3)
    .map(
      ({ relation, owner }) => `select * from ${name(relation.schema, relation.name)} where ${owner?.ofB};`,
    )
}

/** The statement that digests the rows of B, or of both clients, in these tables: any write to them changes it. */
export function digestStatement(
  world: Pick<World, 'targets'>,
  tables: readonly number[],
  whose: 'own' | 'none',
): string {
  const parts = world.targets.flatMap(({ relation, owner }) => {
    if (owner === null || !tables.includes(relation.oid) || relation.isPartition) return []
    const rows = whose === 'own' ? owner.ofB : `(${owner.ofB} or ${owner.ofA})`
    const mark = relation.kind === 'f' ? 'x::text' : "concat(x.tableoid, x.ctid, ':', x.xmin)"
    return [
      `${quote(`${relation.schema}.${relation.name}`)}, (select concat(count(*), ' ', sum(hashtextextended(${mark}, 0)::numeric)) from ${name(relation.schema, relation.name)} x where ${rows})`,
    ]
  })
  return `select jsonb_build_object(${parts.join(', ')})`
}

/** Makes a digest a function of the session, so that it is planned once. */
export function digestFunction(made: string, statement: string): string {
  return `create function pg_temp.${name(made)}() returns jsonb language plpgsql as ${quote(`begin return (${statement}); end`).trim()}`
}

/** The statement that calls such a function. */
export function callDigest(made: string): string {
  return `select pg_temp.${name(made)}()`
}
