import {
  chownSync,
  closeSync,
  fsyncSync,
  lchownSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'

/** Writes a file that only the server's account can read, whole or not at all. */
export function writeFileFor(account: Account | undefined, path: string, text: string): void {
  const draft = `${path}.new`
  writeFileSync(draft, text, { mode: 0o600 })
  give(draft, account)
  renameSync(draft, path)
}

/** Makes the server's account the owner of a file or folder. */
export function give(path: string, account: Account | undefined): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid)
}

/** Makes an account the owner of a file, or of a folder with all that is in it, unless it is already. */
export function giveAll(path: string, account: Account | undefined): void {
  if (account === undefined || statSync(path).uid === account.uid) return
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : []
  for (const name of inside) lchownSync(join(path, name), account.uid, account.gid)
  give(path, account)
}

/** Renames a folder so that not even a power failure takes the new name back. */
export function renameForGood(from: string, to: string): void {
  renameSync(from, to)
  // Windows opens no folder, and NTFS keeps a journal of names.
  if (process.platform === 'win32') return
  const folder = openSync(dirname(to), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
