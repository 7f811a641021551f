import type { Routine } from '../catalog/catalog.ts'
import type { Context } from '../contexts.ts'
import { name, quote, readStatement } from '../engine/engine.queries.ts'
import type { Attacker, Target, World } from '../world.ts'
import type { Attack } from './attack.ts'
import { argumentLists } from './call-arguments.ts'
import { routineFix, signature } from './fixes.queries.ts'
import { mentions } from './mentions.ts'
import { selectFrom } from './read.queries.ts'

/** Calls every function that an actor may call, with B's ids and with its own, and reads and digests again afterwards. */
export function callAttacks(world: World): Attack[] {
  const helpers = policyHelpers(world)
  const owned = world.targets.filter(({ owner }) => owner !== null)
  const touches = owned.map(({ relation }) => relation.oid)
  return world.attackers.flatMap((attacker) => {
    return world.catalog.routines
      .filter(({ isTrigger, callers }) => !isTrigger && callers.includes(attacker.role))
      .flatMap((routine) => {
        const code = codeOf(world, routine)
        const after = opensDoors.test(code) ? rereadable(world) : []
        return argumentLists(routine, world).flatMap(({ values, given }, place) =>
          contextsFor(attacker, place, code).map((context): Attack => {
            const call = callOf(routine, values)
            return {
              family: 'function',
              also: ['count'],
              object: signature(routine).replaceAll('"', ''),
              attacker,
              context,
              verb: 'execute',
              judge: 'call',
              kind: routine.kind === 'p' ? 'write' : 'read',
              ...(routine.kind === 'p' && routine.returns === 'record' ? { answers: true } : {}),
              statement: routine.kind === 'p' ? call : callStatement(opened(routine, call), world),
              shown: call,
              rereads: readsAfter(world, after, attacker, context.whose),
              ...(writes.test(code) ? { touches } : {}),
              supplied: `${values.join(' ')} ${Object.values(context.settings).join(' ')}`,
              title: `${routine.schema}.${routine.name} tells or changes what belongs to another client`,
              fix: routineFix(routine),
              given,
              helper: helpers.has(routine),
              compare: true,
            }
          }),
        )
      })
  })
}

/** What in a function's text may change who the session is, or hide anything. */
const opensDoors =
  /set_config|\bset\s+(local\s+|session\s+)?(role|session)|execute|dblink|\blanguage:(?!sql|plpgsql)/i

/** What in a function's text may change a row. */
const writes = /insert|update|delete|truncate|merge|copy|setval|execute|dblink|\blanguage:(?!sql|plpgsql)/i

/** What a function looks at of what its caller may have written, and the contexts in which B's marks stand there. */
const forgeries: readonly [RegExp, readonly string[]][] = [
  [/request\.(headers|cookies|path)/i, ['hostile headers']],
  [/user_meta_?data/i, ['hostile user_metadata', 'hostile user_metadata alone']],
  [/current_setting\(\s*'(?!request\.|flows\.request_id)/i, ['stale setting']],
]

/** Everything is called as the actor's own self; a few of the lists also with no claims, by setting and forged. */
function contextsFor(attacker: Attacker, place: number, code: string): Context[] {
  if (attacker.standing === 'admin' || place >= 6)
    return attacker.contexts.filter((each) => each.name === 'own')
  const forged = forgeries.filter(([looks]) => looks.test(code)).flatMap(([, names]) => names)
  const wanted = ['own', 'none', 'own by setting', ...(place < 3 ? forged : [])]
  return attacker.contexts.filter((each) => wanted.includes(each.name))
}

/** The text of a function and of all that it calls. */
function codeOf({ catalog }: World, routine: Routine): string {
  const reached = new Set([routine])
  for (const each of reached) {
    for (const other of catalog.routines)
      if (!reached.has(other) && mentions(each.source, other.name)) reached.add(other)
  }
  return [...reached].map(({ source, language }) => `${source} language:${language}`).join('\n')
}

/** Text of the answer comes back as the sample, so that the values that the caller gave can be told from others. */
function callStatement(call: string, world: World): string {
  return `select jsonb_build_object('rows', count(*), 'hits', 0, 'own', coalesce(bool_or(x::text ~* ${quote(world.patterns.a)}), false),
    'hash', coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)::text,
    'sample', left(string_agg(x::text, e'\\n'), 8000)) from (${call}) x`
}

/** What stands behind an answer that is no text itself: the rows of a cursor, the characters among bytes. */
function opened({ returns }: Routine, call: string): string {
  if (returns === 'refcursor')
    return `select cursor_to_xml(c, 1000, true, true, '')::text from (${call}) x (c)`
  return returns === 'bytea' ? `select encode(b, 'escape') from (${call}) x (b)` : call
}

function callOf({ schema, name: f, kind, arguments: inputs }: Routine, values: readonly string[]): string {
  const list = values.map((value, index) => {
    const input = inputs[index]
    const typed =
      input === undefined || /^any|^"?any"?$|^record$/.test(input.type) ? value : `${value}::${input.type}`
    return input?.variadic ? `variadic ${typed}` : typed
  })
  return kind === 'p'
    ? `call ${name(schema, f)}(${list.join(', ')})`
    : `select ${name(schema, f)}(${list.join(', ')})`
}

/** Reads of every client-owned table, as whatever the call has made of the actor. */
export function readsAfter(
  world: World,
  tables: readonly Target[],
  attacker: Attacker,
  whose: 'own' | 'none',
): string[] {
  const secret = whose === 'none' ? world.patterns.both : world.patterns.b
  return tables.map((target) => readStatement(selectFrom(target, attacker), secret, world.patterns.a))
}

/** The tables that are read again after a call, in order. */
export function rereadable({ targets }: Pick<World, 'targets'>): Target[] {
  return targets.filter(({ owner, rowB }) => owner !== null && rowB !== undefined)
}

/** Functions that policies call, directly or through one another: everyone who reads must be able to call them. */
export function policyHelpers({ catalog }: Pick<World, 'catalog'>): Set<Routine> {
  const texts = catalog.relations.flatMap(({ policies }) =>
    policies.flatMap(({ using, check }) => [using ?? '', check ?? '']),
  )
  const helpers = new Set<Routine>()
  for (let waiting = texts; waiting.length > 0; ) {
    const found = catalog.routines.filter(
      (routine) => !helpers.has(routine) && waiting.some((text) => mentions(text, routine.name)),
    )
    for (const routine of found) helpers.add(routine)
    waiting = found.map(({ source }) => source)
  }
  return helpers
}
