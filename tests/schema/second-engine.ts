import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Addresses } from './empty-database.ts'

/** Where Debian keeps the programs of the oldest PostgreSQL that flows-db supports. */
const programs = '/usr/lib/postgresql/15/bin'

/** Whether this machine has a second engine; the embedded one is always tried. */
export const hasSecondEngine = existsSync(join(programs, 'initdb'))

/** Starts the second engine for the tests of the calling file, on a socket that only this machine's users reach. */
export function startSecondEngine(): Addresses {
  const home = mkdtempSync(join(tmpdir(), 'flows-db-second-'))
  const data = join(home, 'data')
  mkdirSync(data, { mode: 0o700 })
  chmodSync(home, 0o711)
  // PostgreSQL refuses root.
  const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (account.uid !== undefined)
    for (const folder of [home, data]) chownSync(folder, account.uid, account.gid)
  const run = (program: string, ...words: string[]) =>
    execFileSync(join(programs, program), words, {
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...account,
    })
  run('initdb', '-D', data, '-U', 'supabase_admin', '--auth=trust', '--no-sync', '--encoding=UTF8')
  const options = `-c listen_addresses= -c unix_socket_directories=${home} -c fsync=off`
  run('pg_ctl', '-D', data, '-w', '-l', join(home, 'server.log'), '-o', options, 'start')
  afterAll(() => {
    run('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop')
    rmSync(home, { recursive: true })
  })
  const address = (role: string) => `postgres://${role}@localhost/postgres?host=${home}`
  return { adminUrl: address('supabase_admin'), url: address('postgres') }
}
