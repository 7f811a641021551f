import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { actAs } from '../../src/database/act-as.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { findEmbedded } from '../../src/database/embedded/find-embedded.ts'
import { readPostmaster } from '../../src/database/embedded/postmaster.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { sql } from '../../src/database/sql.ts'
import { cleanUp, ensureInProcess, failureOf, projectFolder, usedFolder, using } from './embedded-support.ts'

afterEach(cleanUp)

describe('an embedded server', () => {
  test('is made on first use, with a migrating role that is no superuser', async () => {
    const server = await ensureEmbedded({ folder: projectFolder() })
    const role = sql`
      select current_user::text as name, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
      from pg_roles
      where rolname = current_user`
    const owner = {
      name: 'postgres',
      rolsuper: false,
      rolcreaterole: true,
      rolcreatedb: true,
      rolbypassrls: true,
    }
    expect(await using(server.url, (db) => db.one(role))).toEqual(owner)
    expect(await using(server.adminUrl, (db) => db.one(role))).toMatchObject({
      name: 'supabase_admin',
      rolsuper: true,
    })
    const seen = await using(server.authenticatorUrl, (db) =>
      actAs(db, { role: 'authenticated', claims: { sub: 'd0d0d0d0-0000-4000-8000-000000000001' } }, (tx) =>
        tx.one(sql`select current_user::text as name, auth.uid() as uid, auth.role() as role`),
      ),
    )
    expect(seen).toEqual({
      name: 'authenticated',
      uid: 'd0d0d0d0-0000-4000-8000-000000000001',
      role: 'authenticated',
    })
  })

  test('listens to this machine only, sorts by code point and makes commits last', async () => {
    const server = await ensureEmbedded({ folder: await usedFolder() })
    const settings = await using(server.url, (db) =>
      db.one(sql`
        select current_setting('listen_addresses') as addresses,
               current_setting('fsync') as fsync,
               current_setting('data_checksums') as checksums,
               current_setting('timezone') as timezone,
               datlocale as locale,
               pg_encoding_to_char(encoding) as encoding
        from pg_database
        where datname = current_database()`),
    )
    expect(settings).toEqual({
      addresses: '127.0.0.1',
      fsync: 'on',
      checksums: 'on',
      timezone: 'UTC',
      locale: 'C.UTF-8',
      encoding: 'UTF8',
    })
  })

  test('keeps its passwords in a file that only its owner can read, and lets nobody in without', async () => {
    const folder = await usedFolder()
    const { url } = await ensureEmbedded({ folder })
    expect(statSync(join(folder, 'server.json')).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o066).toBe(0)
    expect(await failureOf(using(url.replace(/:[^:@]+@/, ':guess@'), async () => undefined))).toEqual({
      code: 'DATABASE_PASSWORD_WRONG',
      message: expect.stringContaining('refused the user or password'),
    })
  })

  test('that runs is found again, without its programs being looked for', async () => {
    const folder = await usedFolder()
    const first = await ensureEmbedded({ folder })
    const postmaster = readPostmaster(first.dataFolder)
    expect(await ensureEmbedded({ folder, binaries: '/nowhere' })).toEqual(first)
    expect(await findEmbedded({ folder })).toEqual(first)
    expect(readPostmaster(first.dataFolder)).toEqual(postmaster)
  })

  test('outlives the process that started it', async () => {
    const folder = await usedFolder()
    const answer = await ensureInProcess({ folder })
    expect(await findEmbedded({ folder })).toEqual(answer)
  })

  test('is stopped and started again at the same address, with what was in it', async () => {
    const folder = await usedFolder()
    const first = await ensureEmbedded({ folder })
    await using(first.url, (db) => db.run(sql`create table public.kept as select 42 as answer`))
    expect(await stopEmbedded({ folder })).toBe(true)
    expect(await findEmbedded({ folder })).toEqual({ running: false, dataFolder: first.dataFolder })
    expect(await stopEmbedded({ folder })).toBe(false)
    expect(await ensureEmbedded({ folder })).toEqual(first)
    expect(await using(first.url, (db) => db.many(sql`select answer from public.kept`))).toEqual([
      { answer: 42 },
    ])
  })

  test('is not started by a look at it, a stop or a reset', async () => {
    const folder = projectFolder()
    expect(await findEmbedded({ folder })).toEqual({ running: false, dataFolder: join(folder, 'data') })
    expect(await stopEmbedded({ folder })).toBe(false)
    await resetEmbedded({ folder })
    expect(existsSync(folder)).toBe(false)
  })

  test('is deleted by a reset, and made anew with other passwords by the next command', async () => {
    const folder = projectFolder()
    const first = await ensureEmbedded({ folder })
    await using(first.url, (db) => db.run(sql`create table public.gone ()`))
    await resetEmbedded({ folder })
    expect(existsSync(first.dataFolder)).toBe(false)
    const second = await ensureEmbedded({ folder })
    expect(second.url).not.toBe(first.url)
    const { table } = await using(second.url, (db) =>
      db.one<{ table: string | null }>(sql`select to_regclass('public.gone') as table`),
    )
    expect(table).toBe(null)
  })

  test('lives in a folder with a blank, quotes, a comma and letters beyond ASCII', async () => {
    const folder = join(projectFolder(), `it's a "naïve", folder`)
    const server = await ensureEmbedded({ folder })
    expect(server.socketFolder).toBe(join(folder, 'run'))
    await resetEmbedded({ folder })
  })

  test('puts its socket among the temporary folders where its own path is too long for one', async () => {
    const folder = join(projectFolder(), 'x'.repeat(120))
    const first = await ensureEmbedded({ folder })
    expect(first.socketFolder).toMatch(/flows-db-\w+$/)
    expect(statSync(first.socketFolder ?? '').mode & 0o077).toBe(0)
    await stopEmbedded({ folder })
    expect(await ensureEmbedded({ folder })).toEqual(first)
    await resetEmbedded({ folder })
    expect(existsSync(first.socketFolder ?? '')).toBe(false)
  })

  test('writes no statement and no value into its log, whatever fails', async () => {
    const folder = await usedFolder()
    const { url, adminUrl } = await ensureEmbedded({ folder })
    const mark = 'ada.lovelace@example.org'
    await using(url, async (db) => {
      await db.run(sql`create table public.people (email text primary key, age int)`)
      await db.run(sql`insert into public.people values (${mark}, 1)`)
      const failing = [
        sql`insert into public.people values (${mark}, 2)`,
        sql`select ${mark}::int`,
        { text: `select '${mark}'::uuid`, values: [] },
        { text: `select no_such_column -- ${mark}`, values: [] },
        { text: `do $$ begin raise warning '${mark}'; raise exception '${mark}'; end $$`, values: [] },
      ]
      for (const statement of failing) await expect(db.run(statement)).rejects.toThrow()
    })
    const crashing = using(adminUrl, (db) =>
      db.run({ text: `select pg_sleep(60) /* ${mark} */`, values: [] }),
    ).catch((error: unknown) => error)
    const victim = await using(adminUrl, async (db) => {
      for (;;) {
        const found = await db.maybe<{ pid: number }>(
          sql`select pid from pg_stat_activity where query like ${'select pg_sleep(60)%'}`,
        )
        if (found !== undefined) return found.pid
      }
    })
    process.kill(victim, 'SIGKILL')
    expect(await crashing).toBeInstanceOf(Error)
    const readLog = () => readFileSync(join(folder, 'server.log'), 'utf8')
    await expect.poll(readLog).toContain('was terminated by signal 9')
    await using(adminUrl, (db) => db.run(sql`select 'recovered'`))
    const log = readLog()
    expect(log).not.toContain(mark)
    expect(log).not.toContain('pg_sleep')
  })
})
