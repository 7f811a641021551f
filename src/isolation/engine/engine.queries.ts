import type { Database } from '../../database/database.ts'
import { raw, sql } from '../../database/sql.ts'

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
$loop$;

create function pg_temp.flows_try(statement text) returns jsonb
language plpgsql volatile
as $try$
declare
  answer jsonb;
  state text;
  message text;
  broken text;
  culprit text;
  type_name text;
begin
  execute statement into answer;
  return jsonb_build_object('row', answer);
exception
  when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, broken = constraint_name,
      culprit = column_name, type_name = pg_datatype_name;
    return jsonb_build_object('error', jsonb_build_object(
      'state', state, 'message', message, 'constraint', broken, 'column', culprit, 'type', type_name));
end
$try$;

create function pg_temp.flows_do(statement text) returns jsonb
language plpgsql volatile
as $do$
declare
  state text;
  message text;
  broken text;
  culprit text;
  type_name text;
begin
  execute statement;
  return '{}';
exception
  when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, broken = constraint_name,
      culprit = column_name, type_name = pg_datatype_name;
    return jsonb_build_object('error', jsonb_build_object(
      'state', state, 'message', message, 'constraint', broken, 'column', culprit, 'type', type_name));
end
$do$;`)
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

/** What became of a statement that was tried for good: its row, or why it failed. */
export type Trial = {
  row?: Record<string, string | null> | null
  error?: { state: string; message: string; constraint: string; column: string; type: string }
}

/** Runs a statement that returns one jsonb value; a failure is told and undone, not thrown. */
export async function tryStatement(db: Database, statement: string): Promise<Trial> {
  const { trial } = await db.one<{ trial: Trial }>(sql`select pg_temp.flows_try(${statement}) as trial`)
  return trial
}

/** Runs a statement whose answer, if any, does not matter; a failure is told and undone, not thrown. */
export async function runStatement(db: Database, statement: string): Promise<Trial> {
  const { trial } = await db.one<{ trial: Trial }>(sql`select pg_temp.flows_do(${statement}) as trial`)
  return trial
}

/** Sets what holds for the whole transaction of the prover. */
export async function settle(db: Database, statementSeconds: number): Promise<void> {
  await db.run(sql`
    select set_config('statement_timeout', ${`${statementSeconds}s`}, true),
      set_config('lock_timeout', '1s', true),
      set_config('client_min_messages', 'notice', true),
      set_config('request.jwt.claims', '', true),
      set_config('jit', 'off', true),
      set_config('idle_in_transaction_session_timeout', '60s', true)`)
  // Rows that refer to each other are seeded one by one; each attack checks its own at its end.
  await db.run(sql`set constraints all deferred`)
}

/** The digests of one client's rows before any attack. */
export async function selectDigest(db: Database, statement: string): Promise<Record<string, string>> {
  const { digest } = await db.one<{ digest: Record<string, string> }>(
    sql`select (${raw(statement)}) as digest`,
  )
  return digest
}

/** A statement that reads a relation, or anything with rows, and looks for marks in it on the server. */
export function readStatement(from: string, other: string, own: string): string {
  return `select jsonb_build_object('rows', count(*), 'hash', coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)::text,
    'hits', count(*) filter (where x::text ~* ${quote(other)}),
    'sample', left(min(x::text) filter (where x::text ~* ${quote(other)}), 600),
    'own', coalesce(bool_or(x::text ~* ${quote(own)}), false)) from (${from}) x`
}

/** A text as a literal that means the same under every setting. */
export function quote(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** A name, or a dotted path of names, quoted. */
export function name(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}
