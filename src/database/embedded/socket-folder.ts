import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'
import { give } from './owned-files.ts'

/** What sun_path of a unix socket holds on macOS, the shortest of our systems, with its closing zero. */
const longestPath = 103

/**
 * A folder for the unix socket that only the server's account may enter: "run" in its home, or one among the
 * temporary folders (the same as last time, if it is still there) where that path is too long for a socket.
 * Undefined on Windows.
 */
export function makeSocketFolder(
  home: string,
  account: Account | undefined,
  last?: string,
): string | undefined {
  if (process.platform === 'win32') return undefined
  const folder = join(home, 'run')
  if (Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= longestPath) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    give(folder, account)
    return emptied(folder)
  }
  if (last !== undefined && isPrivate(last, account)) return emptied(last)
  const temporary = Buffer.byteLength(tmpdir()) > 60 ? '/tmp' : tmpdir()
  const made = mkdtempSync(join(temporary, 'flows-db-'))
  give(made, account)
  return made
}

/** What a killed server left goes: PostgreSQL refuses its lock while the process id in it exists, were it a zombie's. */
function emptied(folder: string): string {
  for (const name of readdirSync(folder)) rmSync(join(folder, name))
  return folder
}

function isPrivate(folder: string, account: Account | undefined): boolean {
  const found = statSync(folder, { throwIfNoEntry: false })
  return (
    found !== undefined && found.uid === (account?.uid ?? process.getuid?.()) && (found.mode & 0o077) === 0
  )
}
