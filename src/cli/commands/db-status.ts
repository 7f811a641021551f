import { describeDatabase } from '../../database/describe-database.ts'
import { command, type Style } from '../command.ts'

const schemaWords = {
  current: 'up to date',
  pending: 'lacks migrations of this program (migrate:up applies them)',
  newer: 'newer than this program',
  empty: 'not set up yet (db:init sets it up)',
}

/** Tells which database is in use and whether it runs; an embedded server that is down stays down. */
export const dbStatus = command({
  name: 'db:status',
  about: 'Show which database is in use, its address and whether its schema is up to date',
  flags: {},
  examples: ['db:status', 'db:status --json'],
  run: ({ settings }) => describeDatabase(settings),
  say: (status, style) => {
    const { embedded, running, url, authenticatorUrl, version, schema, dataFolder } = status
    if (!running)
      return `The embedded database is not running; the next command starts it.\nData in ${dataFolder}`
    return lines(style, [
      ['database', `${embedded ? 'embedded ' : ''}PostgreSQL ${version}`],
      ['schema', schema === null ? null : schemaWords[schema]],
      ['url', url],
      ['as PostgREST', authenticatorUrl],
      ['data in', dataFolder],
    ])
  },
})

function lines(style: Style, pairs: readonly (readonly [string, string | null])[]): string {
  return pairs
    .flatMap(([name, value]) => (value === null ? [] : [`${style.dim(name.padEnd(12))}  ${value}`]))
    .join('\n')
}
