import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { now } from '../base/clock.ts'
import { FlowsError } from '../base/errors.ts'
import { noteDraft } from './drafts.ts'
import { unwritable } from './unwritable.ts'

const draftPattern = /^\.backup-[0-9a-f]{12}\.part$/

/**
 * Writes a file that is there whole, on the disk, or not at all: under another name first. `names` are tried in
 * turn, and no file is ever written over; throws BACKUP_FILE_EXISTS when all are taken, FILE_UNWRITABLE otherwise.
 * Only its owner may read it.
 */
export async function writeWhole(
  names: readonly string[],
  chunks: AsyncIterable<Buffer>,
): Promise<WrittenFile> {
  const [wanted = ''] = names
  const folder = dirname(wanted)
  await asUnwritable(wanted, async () => {
    await mkdir(folder, { recursive: true })
    await removeAbandoned(folder)
  })
  const draft = join(folder, `.backup-${randomBytes(6).toString('hex')}.part`)
  const noted = noteDraft(draft)
  try {
    const bytes = await asUnwritable(wanted, () => writeDraft(draft, chunks))
    const path = await asUnwritable(wanted, () => publish(draft, names, noted.hasItsName))
    if (path !== undefined) return { path, bytes }
    throw new FlowsError('BACKUP_FILE_EXISTS', `There is a file ${wanted} already`, {
      hint: 'Choose another name with --file, or a folder with --to.',
    })
  } finally {
    await rm(draft, { force: true })
    noted.isGone()
  }
}

/** A file that was written, and its size. */
export type WrittenFile = { path: string; bytes: number }

async function writeDraft(draft: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const file = await open(draft, 'wx', 0o600)
  try {
    let bytes = 0
    for await (const chunk of chunks) {
      await file.writeFile(chunk)
      bytes += chunk.length
    }
    await file.sync()
    return bytes
  } finally {
    await file.close()
  }
}

async function publish(
  draft: string,
  names: readonly string[],
  done: () => void,
): Promise<string | undefined> {
  for (const name of names) {
    if (await linkTo(draft, name)) {
      done()
      await syncFolder(dirname(name))
      return name
    }
  }
  return undefined
}

/** A link is refused where a file is, which a rename would replace. */
async function linkTo(draft: string, name: string): Promise<boolean> {
  try {
    await link(draft, name)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error
    // A file system without links.
    if (await stat(name).then(Boolean, () => false)) return false
    await rename(draft, name)
    return true
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the file's own sync has to do.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Drafts of runs that were killed: one that is still being written has changed within the hour. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!draftPattern.test(name)) continue
    const path = join(folder, name)
    const changed = await stat(path).then(
      ({ mtime }) => mtime,
      () => undefined,
    )
    if (changed !== undefined && now().getTime() - changed.getTime() > 3_600_000)
      await rm(path, { force: true })
  }
}

async function asUnwritable<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException
    if (error instanceof FlowsError || syscall === undefined || syscall === 'connect') throw error
    throw unwritable(path, error as NodeJS.ErrnoException)
  }
}
