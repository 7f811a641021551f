import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'

/** Makes a copy of a folder that every user can read, of hard links where it can, whole or not at all; an existing one is kept if it is as new. */
export function linkTree(from: string, to: string): string {
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return to
  const draft = `${to}.new`
  rmSync(draft, { recursive: true, force: true })
  linkFolder(from, draft)
  rmSync(to, { recursive: true, force: true })
  renameSync(draft, to)
  return to
}

function linkFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) linkFolder(source, target)
    else linkFile(source, target)
  }
}

function linkFile(source: string, target: string): void {
  const { mode } = statSync(source)
  if ((mode & 0o004) !== 0 && tryLink(source, target)) return
  copyFileSync(source, target)
  chmodSync(target, (mode & 0o100) === 0 ? 0o644 : 0o755)
}

/** A hard link cannot lead to another file system, nor (Linux, fs.protected_hardlinks) to a file of somebody else. */
function tryLink(source: string, target: string): boolean {
  try {
    linkSync(source, target)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EXDEV' || code === 'EPERM' || code === 'EMLINK' || code === 'ENOTSUP') return false
    throw error
  }
}
