import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { pause } from '../../src/base/clock.ts'
import { clearDrafts } from '../../src/database/embedded/create-cluster.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { readPostmaster } from '../../src/database/embedded/postmaster.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import type { EmbeddedServer } from '../../src/database/embedded/server.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { sql } from '../../src/database/sql.ts'
import {
  cleanUp,
  ensureInProcess,
  failureOf,
  isRoot,
  projectFolder,
  startEnsuring,
  usedFolder,
  using,
} from './embedded-support.ts'

afterEach(cleanUp)

const keep = ({ url }: EmbeddedServer) =>
  using(url, (db) => db.run(sql`create table public.kept as select 42 as answer`))
const readKept = ({ url }: EmbeddedServer) => using(url, (db) => db.many(sql`select answer from public.kept`))
const startsIn = (folder: string) =>
  readFileSync(join(folder, 'server.log'), 'utf8').split('starting PostgreSQL').length - 1
const postmasterOf = (server: EmbeddedServer) => {
  const postmaster = readPostmaster(server.dataFolder)
  if (postmaster === undefined) throw new Error('The server has no postmaster.pid')
  return postmaster
}

describe('several commands at once', () => {
  test('make one server on first use', async () => {
    const folder = projectFolder()
    const answers = await Promise.all(Array.from({ length: 8 }, () => ensureInProcess({ folder })))
    const found = await ensureEmbedded({ folder })
    expect(answers).toEqual(answers.map(() => found))
    expect(startsIn(folder)).toBe(1)
  })

  test('recover a killed server once', async () => {
    const folder = await usedFolder()
    const server = await ensureEmbedded({ folder })
    await keep(server)
    const startsBefore = startsIn(folder)
    process.kill(postmasterOf(server).pid, 'SIGKILL')
    const answers = await Promise.all(Array.from({ length: 8 }, () => ensureInProcess({ folder })))
    expect(answers).toEqual(answers.map(() => server))
    expect(startsIn(folder)).toBe(startsBefore + 1)
    expect(await readKept(server)).toEqual([{ answer: 42 }])
  })
})

describe('the next command', () => {
  test('recovers a server that was killed while it worked, after its last processes have ended', async () => {
    const folder = await usedFolder()
    const server = await ensureEmbedded({ folder })
    await keep(server)
    // A process that computes does not notice that its server is gone until it has an answer.
    const busy = using(server.url, (db) =>
      db.run(sql`select count(*) from generate_series(1, 3000000) as busy (n)`),
    ).catch((error: unknown) => error)
    await using(server.adminUrl, (db) =>
      expect
        .poll(() => db.many(sql`select from pg_stat_activity where query like '%busy%' and state = 'active'`))
        .toHaveLength(2),
    )
    const half = using(server.url, (db) =>
      db.transaction(async (tx) => {
        await tx.run(sql`delete from public.kept`)
        process.kill(postmasterOf(server).pid, 'SIGKILL')
        await tx.run(sql`select pg_sleep(60)`)
      }),
    ).catch((error: unknown) => error)
    expect(await half).toBeInstanceOf(Error)
    expect(await ensureEmbedded({ folder })).toEqual(server)
    expect(await readKept(server)).toEqual([{ answer: 42 }])
    expect(readFileSync(join(folder, 'server.log'), 'utf8')).toContain('pre-existing shared memory block')
    await busy
  })

  test('waits while the server recovers because one of its processes was killed', async () => {
    const folder = await usedFolder()
    const server = await ensureEmbedded({ folder })
    await keep(server)
    const { pid } = await using(server.url, (db) =>
      db.one<{ pid: number }>(sql`
      select pid from pg_stat_activity where backend_type = 'checkpointer'`),
    )
    process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => readFileSync(join(folder, 'server.log'), 'utf8'))
      .toContain('was terminated by signal 9')
    expect(await readKept(await ensureEmbedded({ folder }))).toEqual([{ answer: 42 }])
  })

  test('is not misled by a pid file whose process id belongs to another program now', async () => {
    const folder = await usedFolder()
    const server = await ensureEmbedded({ folder })
    await keep(server)
    const pidFile = join(server.dataFolder, 'postmaster.pid')
    const left = readFileSync(pidFile, 'utf8')
    await stopEmbedded({ folder })
    const stranger = spawn('sleep', ['60'], { cwd: '/', ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}) })
    try {
      writeFileSync(pidFile, left.replace(/^[0-9]+/, String(stranger.pid)))
      expect(await ensureEmbedded({ folder })).toEqual(server)
      expect(await readKept(server)).toEqual([{ answer: 42 }])
      expect(stranger.exitCode).toBe(null)
    } finally {
      stranger.kill()
    }
  })

  test('takes another port where the last one is in use, and stays there', async () => {
    const folder = await usedFolder()
    const first = await ensureEmbedded({ folder })
    await stopEmbedded({ folder })
    const guest = await listen(first.port)
    const second = await ensureEmbedded({ folder })
    expect(second.port).not.toBe(first.port)
    expect(await ensureEmbedded({ folder })).toEqual(second)
    await new Promise((resolve) => guest.close(resolve))
    await stopEmbedded({ folder })
    expect(await ensureEmbedded({ folder })).toEqual(second)
  })

  const drafts = (folder: string) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('data.new')) : []

  /** Resolves once an initdb has begun to write that is none of these. */
  const initializing = async (folder: string, known: readonly string[] = []) => {
    const isWriting = (name: string) => !known.includes(name) && existsSync(join(folder, name, 'base', '1'))
    while (!drafts(folder).some(isWriting)) await pause(1)
  }

  test('begins again where the making of the data was killed', async () => {
    const folder = projectFolder()
    const killed = startEnsuring({ folder })
    await initializing(folder)
    process.kill(-(killed.pid ?? 0), 'SIGKILL')
    await new Promise((resolve) => killed.once('exit', resolve))
    expect(existsSync(join(folder, 'data'))).toBe(false)
    expect(lstatSync(join(folder, 'lock')).isSymbolicLink()).toBe(true)
    await keep(await ensureEmbedded({ folder }))
    expect(drafts(folder)).toEqual([])
  })

  test('begins again at once where only the command was killed, and its initdb goes on beside it', async () => {
    const folder = projectFolder()
    for (let round = 0; round < 3; round += 1) {
      const before = drafts(folder)
      const killed = startEnsuring({ folder })
      await initializing(folder, before)
      process.kill(killed.pid ?? 0, 'SIGKILL')
      await new Promise((resolve) => killed.once('exit', resolve))
    }
    const server = await ensureEmbedded({ folder })
    await keep(server)
    expect(await using(server.url, (db) => db.one(sql`select 1 as one`))).toEqual({ one: 1 })
    await expect
      .poll(
        () => {
          clearDrafts(join(folder, 'data'))
          return drafts(folder)
        },
        { timeout: 20_000 },
      )
      .toEqual([])
  })

  test('goes on where a command was killed between the start of the server and its bootstrap', async () => {
    const folder = projectFolder()
    const killed = startEnsuring({ folder })
    while (readPostmaster(join(folder, 'data'))?.ready !== true) await pause(1)
    process.kill(killed.pid ?? 0, 'SIGKILL')
    await new Promise((resolve) => killed.once('exit', resolve))
    const server = await ensureEmbedded({ folder })
    expect(server.version).toMatch(/^17\./)
    expect(
      await using(server.url, (db) => db.one(sql`select to_regclass('storage.objects')::text as name`)),
    ).toEqual({
      name: 'storage.objects',
    })
  })

  test('takes over the lock of a process whose id belongs to another one now', async () => {
    const folder = await usedFolder()
    const server = await ensureEmbedded({ folder })
    await stopEmbedded({ folder })
    symlinkSync(`${process.ppid}.1.an-old-token`, join(folder, 'lock'))
    expect(await ensureEmbedded({ folder })).toEqual(server)
    expect(lstatSync(join(folder, 'lock'), { throwIfNoEntry: false })).toBe(undefined)
  })

  test.each([
    ['deleted while the server is down', true, (path: string) => rmSync(path)],
    ['deleted while it runs', false, (path: string) => rmSync(path)],
    ['emptied by a power failure', true, (path: string) => truncateSync(path)],
  ])('gives new passwords to the same data when server.json was %s', async (_, stop, lose) => {
    const folder = await usedFolder()
    const first = await ensureEmbedded({ folder })
    await keep(first)
    if (stop) await stopEmbedded({ folder })
    lose(join(folder, 'server.json'))
    const second = await ensureEmbedded({ folder })
    expect(second.url).not.toBe(first.url)
    expect(await readKept(second)).toEqual([{ answer: 42 }])
    const withOldPassword = { ...first, url: first.url.replace(`:${first.port}/`, `:${second.port}/`) }
    expect((await failureOf(readKept(withOldPassword))).code).toBe('DATABASE_PASSWORD_WRONG')
  })

  test('keeps a copied project apart from its original that runs', async () => {
    const folder = await usedFolder()
    const original = await ensureEmbedded({ folder })
    await keep(original)
    await using(original.adminUrl, (db) => db.run(sql`checkpoint`))
    const copy = `${folder}-copy`
    cpSync(folder, copy, { recursive: true, filter: (path) => !statSync(path).isSocket() })
    const server = await ensureEmbedded({ folder: copy })
    expect(server.port).not.toBe(original.port)
    expect(server.dataFolder).toBe(join(copy, 'data'))
    await using(server.url, (db) => db.run(sql`update public.kept set answer = 43 where true`))
    expect(await readKept(original)).toEqual([{ answer: 42 }])
    await resetEmbedded({ folder: copy })
    expect(await ensureEmbedded({ folder })).toEqual(original)
  })
})

async function listen(port: number): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve))
  return server
}
