import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

/** How a statement ended that was refused. */
export type ServerError = {
  state: string
  message: string
  detail: string
  hint: string
  where: string
  constraint: string
}

/** What one attack brought, as the server-side loop tells it. */
export type RawOutcome = {
  n: number
  error: ServerError | null
  /** What the attack's own statement returned, if it reads. */
  answer: ReadAnswer | null
  affected: number
  /** What the same actor could read right after it. */
  rereads: readonly (ReadAnswer | null)[]
  /** The digests of the other client's rows after it, by relation. */
  digest: Readonly<Record<string, string>> | null
  /** The same before it, where statements prepared the ground. */
  earlier?: Readonly<Record<string, string>> | null
}

/** What a read brought: how many rows, a hash over them, and what was found in them. */
export type ReadAnswer = {
  rows: number
  hash: string
  /** Rows with a value of the other client. */
  hits: number
  sample: string | null
  /** Whether the own client's values were among them. */
  own: boolean
}

/** One attack as the loop takes it. */
export type RawAttack = {
  n: number
  role: string
  settings: Readonly<Record<string, string>>
  /** A call answers with one row of any shape. */
  kind: 'read' | 'write' | 'call'
  statement: string
  prepare?: readonly string[]
  rereads?: readonly string[]
  /** A statement that gives the digests, run as the prover. */
  digest?: string
}

/**
 * Makes the loop in the session's temporary schema: every attack runs in a subtransaction that is always taken back,
 * its findings being carried out by the very error that undoes it. A marker notice precedes each, so that notices
 * can be told apart by attack.
 */
export async function createLoop(db: Database): Promise<void> {
  await db.script(`
create function pg_temp.flows_attack(prover text, batch jsonb) returns setof jsonb
language plpgsql volatile
as $loop$
declare
  attack jsonb;
  entry record;
  answer jsonb;
  told record;
  reread jsonb;
  rereads jsonb;
  affected bigint;
  digest jsonb;
  earlier jsonb;
  outcome jsonb;
  state text;
  message text;
  detail text;
  hint text;
  place text;
  broken text;
begin
  for attack in select value from jsonb_array_elements(batch) loop
    raise notice 'flows-db attack %', attack ->> 'n';
    begin
      answer := null;
      digest := null;
      earlier := null;
      affected := 0;
      rereads := '[]';
      for entry in select value from jsonb_array_elements_text(coalesce(attack -> 'prepare', '[]')) loop
        execute entry.value;
      end loop;
      if attack ? 'prepare' and attack ? 'digest' then
        execute attack ->> 'digest' into earlier;
      end if;
      for entry in select key, value from jsonb_each_text(attack -> 'settings') loop
        perform set_config(entry.key, entry.value, true);
      end loop;
      perform set_config('role', attack ->> 'role', true);
      if attack ->> 'kind' = 'read' then
        execute attack ->> 'statement' into answer;
      elsif attack ->> 'kind' = 'call' then
        execute attack ->> 'statement' into told;
        answer := jsonb_build_object('rows', 1, 'hits', 0, 'own', false, 'hash', md5(told::text), 'sample', left(told::text, 8000));
      else
        execute attack ->> 'statement';
        get diagnostics affected = row_count;
      end if;
      for entry in select value from jsonb_array_elements_text(coalesce(attack -> 'rereads', '[]')) loop
        begin
          execute entry.value into reread;
          rereads := rereads || coalesce(reread, 'null');
        exception
          when others then
            rereads := rereads || 'null'::jsonb;
        end;
      end loop;
      perform set_config('role', prover, true);
      perform set_config('request.jwt.claims', '', true);
      if attack ? 'digest' then
        set constraints all immediate;
        execute attack ->> 'digest' into digest;
      end if;
      raise exception using errcode = 'FLWOK', message = jsonb_build_object(
        'answer', answer, 'affected', affected, 'rereads', rereads, 'digest', digest, 'earlier', earlier)::text;
    exception
      when sqlstate 'FLWOK' then
        get stacked diagnostics message = message_text;
        outcome := message::jsonb || jsonb_build_object('error', null);
      when others then
        get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail,
          hint = pg_exception_hint, place = pg_exception_context, broken = constraint_name;
        outcome := jsonb_build_object('answer', null, 'affected', 0, 'rereads', '[]'::jsonb, 'digest', null, 'error',
          jsonb_build_object('state', state, 'message', message, 'detail', detail, 'hint', hint, 'where', left(place, 2000), 'constraint', broken));
    end;
    return next outcome || jsonb_build_object('n', attack -> 'n');
  end loop;
end
$loop$;`)
}

/** Runs attacks one after the other on the server. */
export async function runLoop(
  db: Database,
  prover: string,
  batch: readonly RawAttack[],
): Promise<RawOutcome[]> {
  const rows = await db.many<{ outcome: RawOutcome }>(sql`
    select outcome from pg_temp.flows_attack(${prover}, ${JSON.stringify(batch)}::jsonb) as outcome`)
  return rows.map(({ outcome }) => outcome)
}
