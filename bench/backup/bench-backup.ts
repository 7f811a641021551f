import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readClientCatalog } from '../../src/backup/client-tables.ts'
import type { Connection } from '../../src/database/database.ts'
import { type Comparison, compare, noisyMeasures, type Subject } from '../harness.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { sayRatio, table } from '../report.ts'
import { randomFrom } from '../statistics.ts'
import { seedClient, serverVersion, settle } from './backup.queries.ts'
import { programSubjects } from './by-programs.ts'
import { programsIn } from './installed.ts'
import { withScratch } from './scratch.ts'
import { backupSubjects, create, eraseSubjects, type Place, restoreSubjects } from './subjects.ts'

/**
 * Measures a backup, a restore and an erasure of one client against bare COPY and DELETE of the same rows, and gives the
 * report. With an installed PostgreSQL, its psql and pg_dump are compared, too.
 */
export async function benchBackup({ rounds, quick, postgres, progress }: BenchOptions): Promise<string> {
  const programs = postgres === undefined ? undefined : programsIn(postgres)
  const invitations = quick ? 5_000 : 80_000
  const effort = quick
    ? { rounds: rounds ?? 3, sessions: 1, mostSessions: 1 }
    : { rounds: rounds ?? 10, sessions: 1, mostSessions: 2 }
  return withScratch(async (db, folder, url) => {
    progress(`Seeding clients with ${invitations} and ${invitations / 10} invitations, and 20 others`)
    const small = await place(db, folder, 'small', invitations / 10)
    const large = await place(db, folder, 'large', invitations)
    for (let other = 0; other < 20; other += 1) await seedClient(db, `other-${other}`, invitations / 10)
    await settle(db)
    const run = (subjects: readonly Subject[]) =>
      compare(() => Promise.resolve({ subjects, close: () => Promise.resolve() }), {
        ...effort,
        random: randomFrom(1),
      })
    progress('Memory')
    const memory = { small: await memoryOf(small), large: await memoryOf(large) }
    progress('Backups')
    const byPrograms = programs === undefined ? [] : await programSubjects(large, url, programs)
    const backups = await run([...backupSubjects(large), ...byPrograms])
    progress('Restores')
    const { file: plain, rows, bytes } = await create(large, 'large.sql')
    const { file: archive, bytes: archiveBytes } = await create(large, 'large.fdb')
    const restores = await run(restoreSubjects(large, { plain, archive }))
    progress('Erasures')
    const erasures = await run(eraseSubjects(large))
    const machine = `${describeMachine(await serverVersion(db))}, load ${sayLoad()}`
    return report({ machine, rows, bytes, archiveBytes, memory, backups, restores, erasures })
  }, postgres)
}

async function place(
  db: Connection,
  folder: string,
  clientCode: string,
  invitations: number,
): Promise<Place> {
  const id = await seedClient(db, clientCode, invitations)
  const { tables } = await readClientCatalog(db)
  const bare = tables.map(({ schema, table, ownerColumn: owner }) => ({ schema, table, owner }))
  return { db, folder, id, clientCode, tables: bare }
}

/** How far resident memory rises while a backup is written, in MiB. */
async function memoryOf(of: Place): Promise<number> {
  await create(of, 'first.sql')
  await rm(join(of.folder, 'first.sql'))
  const before = process.memoryUsage.rss()
  let most = before
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 5)
  const { file } = await create(of, 'second.sql')
  clearInterval(sampling)
  await rm(file)
  return (most - before) / 2 ** 20
}

type Measured = {
  machine: string
  rows: number
  bytes: number
  archiveBytes: number
  memory: { small: number; large: number }
  backups: Comparison
  restores: Comparison
  erasures: Comparison
}

function report(measured: Measured): string {
  const { machine, rows, bytes, archiveBytes, memory, backups, restores, erasures } = measured
  const lines = (comparison: Comparison, what: string, bare: string) =>
    Object.entries(comparison.figures).map(([name, { wall }]) => [
      name === 'baseline' ? `${what}: ${bare}` : `${what}: ${name}`,
      wall === undefined ? '-' : wall.value.toFixed(0),
      name === 'baseline' ? '1' : sayRatio(wall, noisyMeasures(comparison).includes('wall')),
      String(comparison.rounds),
    ])
  const heading = ['one client', 'ms', 'ratio', 'rounds']
  return [
    `Measured on ${machine}. The client has ${rows.toLocaleString('en')} rows, ${(bytes / 2 ** 20).toFixed(1)} MiB as a plain backup and ${(archiveBytes / 2 ** 20).toFixed(1)} MiB as an archive.`,
    table([
      heading,
      ...lines(backups, 'backup', 'bare binary COPY'),
      ...lines(restores, 'restore', 'bare binary COPY'),
      ...lines(erasures, 'erasure', 'bare DELETE'),
    ]),
    `Resident memory rose by ${memory.small.toFixed(1)} MiB while a client of a tenth of the size was backed up, and by ${memory.large.toFixed(1)} MiB for this one.`,
  ].join('\n\n')
}
