import type { Database } from '../database/database.ts'
import type { Attack, Judge } from './attacks/attack.ts'
import { name, quote, readStatement } from './engine/engine.queries.ts'
import { textOf } from './seed/column-values.ts'
import type { Attacker, World } from './world.ts'

/** Makes holes of our own in the session's temporary schema, one for each way in which a leak shows. */
export async function plantHoles(db: Database, roles: readonly string[]): Promise<void> {
  const grantees = roles.map((role) => name(role)).join(', ')
  await db.script(`
create table pg_temp.flows_planted (owner text not null, secret text not null);
alter table pg_temp.flows_planted enable row level security;
create policy everyone on pg_temp.flows_planted using (true) with check (true);
grant select, insert, update, delete on pg_temp.flows_planted to ${grantees};
create function pg_temp.flows_planted_error() returns void language plpgsql security definer as
  'begin raise exception ''%'', (select string_agg(secret, '' '') from pg_temp.flows_planted); end';
create function pg_temp.flows_planted_notice() returns void language plpgsql security definer as
  'begin raise notice ''%'', (select string_agg(secret, '' '') from pg_temp.flows_planted); end';
create function pg_temp.flows_planted_count() returns bigint language sql stable security definer as
  'select count(*) from pg_temp.flows_planted';`)
}

/** Puts a row of a client into the planted table. */
export async function seedPlanted(db: Database, owner: World['a']): Promise<void> {
  const secret = textOf({ tag: owner.tag, prefix: owner.prefix, place: 2, turn: 0 })
  await db.script(`insert into pg_temp.flows_planted values (${quote(owner.tenant)}, ${quote(secret)})`)
}

/** The digest of the other client's planted rows. */
export function plantedDigest({ b }: Pick<World, 'b'>): string {
  return `select jsonb_build_object('planted', (select concat(count(*), ' ', sum(hashtextextended(concat(x.ctid, ':', x.xmin), 0)::numeric))
    from pg_temp.flows_planted x where owner = ${quote(b.tenant)}))`
}

/** The oid that stands for the planted table in `touches`. */
export const plantedTable = -1

/** The attacks on the planted holes; each of them must be found to be a leak. */
export function plantedAttacks(world: World, attacker: Attacker): Attack[] {
  const context = attacker.contexts[0]
  if (context === undefined) return []
  const table = 'pg_temp.flows_planted'
  const attack = (what: string, judge: Judge, statement: string, more: Partial<Attack> = {}): Attack => ({
    family: 'read',
    object: what,
    attacker,
    context: { ...context, whose: 'own' },
    verb: 'select',
    judge,
    kind: judge === 'change' ? 'write' : 'read',
    statement,
    shown: statement,
    supplied: statement,
    title: what,
    fix: '',
    ...more,
  })
  const call = (f: string) => readStatement(`select pg_temp.${f}()`, world.patterns.b, world.patterns.a)
  return [
    attack(
      'values in rows',
      'rows',
      readStatement(`select * from ${table}`, world.patterns.b, world.patterns.a),
    ),
    attack('values in an error', 'call', call('flows_planted_error'), { supplied: '' }),
    attack('values in a notice', 'call', call('flows_planted_notice'), { supplied: '' }),
    attack('an answer that depends on others', 'call', call('flows_planted_count'), {
      supplied: '',
      given: 'neutral',
      compare: true,
    }),
    attack('a changed row', 'change', `update ${table} set secret = 'x'`, { touches: [plantedTable] }),
    attack('an inserted row', 'change', `insert into ${table} values (${quote(world.b.tenant)}, 'x')`, {
      touches: [plantedTable],
    }),
    attack('a deleted row', 'change', `delete from ${table}`, { touches: [plantedTable] }),
    attack(
      'a filter of the caller',
      'rows',
      `with looked as materialized (select count(*) as rows from ${table} x where pg_temp.flows_spy(x.secret))
      select jsonb_build_object('rows', l.rows, 'hash', '', 'own', false, 'hits', case when coalesce(current_setting('flows_prover.seen', true), '') = '' then 0 else 1 end, 'sample', null) from looked l`,
    ),
  ]
}
