import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ticks } from '../../src/base/clock.ts'
import type { Subject } from '../harness.ts'
import { bareStatement, type Form, letReaderSee, readerOf } from './backup.queries.ts'
import type { Programs } from './installed.ts'
import type { Place } from './subjects.ts'

/**
 * The same rows by PostgreSQL's own programs: psql with a COPY for each table, pg_dump as a role that Row-Level Security
 * lets see this client only, and pg_dump of the whole database.
 */
export async function programSubjects(place: Place, url: string, programs: Programs): Promise<Subject[]> {
  const { db, folder, id, tables } = place
  await letReaderSee(db, tables)
  const reader = readerOf(url, id)
  const subject = (name: string, program: string, args: readonly string[], as = new URL(url)): Subject => ({
    name,
    measure: async () => {
      const file = join(folder, 'by-program')
      const began = ticks()
      await run(program, [...args, file], as)
      const wall = ticks() - began
      await rm(file, { force: true })
      return { wall }
    },
  })
  const copies = (form: Form) => tables.flatMap((table) => ['-c', bareStatement(table, id, form).text])
  const chosen = tables
    .filter(({ table }) => table !== 'audit_events')
    .flatMap(({ schema, table }) => ['-t', `${schema}.${table}`])
  const dump = ['--data-only', '--enable-row-security', ...chosen]
  return [
    subject('psql COPY, binary', programs.psql, ['-X', '-q', ...copies('binary'), '-o']),
    subject('psql COPY, text', programs.psql, ['-X', '-q', ...copies('text'), '-o']),
    subject('pg_dump --enable-row-security', programs.pgDump, [...dump, '-f'], reader),
    subject('pg_dump of the whole database', programs.pgDump, ['-f']),
  ]
}

async function run(program: string, args: readonly string[], url: URL): Promise<void> {
  const environment = {
    PATH: '/usr/bin:/bin',
    PGHOST: url.hostname,
    PGPORT: url.port,
    PGUSER: url.username,
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: url.pathname.slice(1),
    PGOPTIONS: url.searchParams.get('options') ?? '',
  }
  const child = spawn(program, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`)
}
