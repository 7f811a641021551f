import { type AuditEvent, auditVerbs } from '../../audit/audit-event.ts'
import { findErasedClient, listAuditEvents } from '../../audit/list-audit-events.ts'
import { clientByCode, findClient } from '../../clients/find-client.ts'
import type { Database } from '../../database/database.ts'
import { command } from '../command.ts'
import { parseMoment } from '../moments.ts'
import { wholeNumber } from '../whole-number.ts'

/** Lists what happened. */
export const auditList = command({
  name: 'audit:list',
  about: 'List what happened to which row, by whom, newest first',
  details:
    'Changed columns are named; a value is shown only where it tells of no person. A refusal is an event too.',
  flags: {
    client: { value: 'code', about: 'only events of this client, also of one that was erased' },
    table: { value: 'table', about: 'only events of this table, such as clients, or of backups and exports' },
    verb: { value: 'verb', about: 'only these', choices: auditVerbs },
    actor: { value: 'id', about: 'only what this user id or database role did' },
    'row-id': { value: 'id', about: 'only events of this row' },
    'request-id': { value: 'id', about: 'only events of this request' },
    since: { value: 'moment', about: 'from then on: 2025-01-31, 2025-01-31T08:30, or 7d for seven days ago' },
    until: { value: 'moment', about: 'before then' },
    limit: { value: 'number', about: 'how many at the most', default: '100' },
  },
  examples: ['audit:list --client acme --since 7d', 'audit:list --verb refuse --limit 20 --json'],
  lists: true,
  run: async (session, flags) => {
    const { client, table, verb, actor, since, until, limit } = flags
    const filter = {
      table,
      verb,
      actor,
      rowId: flags['row-id'],
      requestId: flags['request-id'],
      since: since === undefined ? undefined : parseMoment(since, 'since'),
      until: until === undefined ? undefined : parseMoment(until, 'until'),
      limit: wholeNumber(limit, 'limit', 1, 10_000),
    }
    const db = await session.database()
    const clientId = client === undefined ? undefined : await idOf(db, client)
    return listAuditEvents(db, { ...filter, clientId })
  },
  say: (events, style) =>
    events.length === 0
      ? 'There is no such event.'
      : style.table([
          ['TIME', 'CLIENT', 'ACTOR', 'VERB', 'TABLE', 'ROW', 'WHAT'],
          ...events.map((event) => [
            `${event.createdAt.toISOString().slice(0, 19).replace('T', ' ')}Z`,
            `${event.clientCode ?? ''}${event.clientErased ? ' (erased)' : ''}`,
            event.actor,
            event.verb === 'refuse' ? style.yellow(event.verb) : event.verb,
            event.tableName,
            event.rowId,
            sayDetails(event),
          ]),
        ]),
})

async function idOf(db: Database, clientCode: string): Promise<string> {
  const client = await findClient(db, clientCode)
  if (client !== undefined) return client.id
  return (await findErasedClient(db, clientCode)) ?? (await clientByCode(db, clientCode)).id
}

/** "status: active -> inactive, legal_name" of an update; the values of an insert; why of a refusal. */
function sayDetails({ verb, changedColumns, details }: AuditEvent): string {
  const sayValue = (value: unknown) =>
    Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : JSON.stringify(value)
  const shown = Object.entries(details).map(([name, value]) => {
    const [before, after] = verb === 'update' && Array.isArray(value) ? value : [undefined, value]
    return `${name}: ${before === undefined ? '' : `${sayValue(before)} -> `}${sayValue(after)}`
  })
  return [...shown, ...changedColumns.filter((column) => !(column in details))].join(', ')
}
