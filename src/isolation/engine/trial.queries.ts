import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

// Why a statement failed, of which the subtransaction of its function has taken everything back.
const toldFailure = `exception
  when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, broken = constraint_name,
      culprit = column_name, type_name = pg_datatype_name;
    return jsonb_build_object('error', jsonb_build_object(
      'state', state, 'message', message, 'constraint', broken, 'column', culprit, 'type', type_name));`

const failureParts = `state text;
  message text;
  broken text;
  culprit text;
  type_name text;`

/** Makes what tries a statement, in the session's temporary schema. */
export async function createTrials(db: Database): Promise<void> {
  await db.script(`
create function pg_temp.flows_try(statement text) returns jsonb
language plpgsql volatile
as $try$
declare
  answer jsonb;
  ${failureParts}
begin
  execute statement into answer;
  return jsonb_build_object('row', answer);
${toldFailure}
end
$try$;

create function pg_temp.flows_do(statement text) returns jsonb
language plpgsql volatile
as $do$
declare
  ${failureParts}
begin
  execute statement;
  return '{}';
${toldFailure}
end
$do$;`)
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
