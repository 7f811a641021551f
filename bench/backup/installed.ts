import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The programs of an installed PostgreSQL that copy rows. */
export type Programs = { psql: string; pgDump: string }

/** Lays the programs of an installed PostgreSQL out as the embedded package does, in a folder of ours; gives that folder. */
export function layOut(bin: string, folder: string): string {
  const shown = (directory: string) =>
    execFileSync(join(bin, 'pg_config'), [`--${directory}`], { encoding: 'utf8' }).trim()
  // The server's account must be able to enter it.
  chmodSync(folder, 0o755)
  const native = join(folder, 'native')
  mkdirSync(join(native, 'lib'), { recursive: true })
  mkdirSync(join(native, 'share'), { recursive: true })
  symlinkSync(bin, join(native, 'bin'))
  symlinkSync(shown('pkglibdir'), join(native, 'lib', 'postgresql'))
  symlinkSync(shown('sharedir'), join(native, 'share', 'postgresql'))
  writeFileSync(join(native, 'pg-symlinks.json'), '[]')
  return native
}

/** The programs in a folder; undefined where one of them is missing. */
export function programsIn(bin: string): Programs | undefined {
  const programs = { psql: join(bin, 'psql'), pgDump: join(bin, 'pg_dump') }
  return Object.values(programs).every(existsSync) ? programs : undefined
}
