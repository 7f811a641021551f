import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The user a server runs as, where that is not the user of the command. */
export type Account = { uid: number; gid: number }

/**
 * The account a server runs under: undefined, the user of the command, unless that is root, whom PostgreSQL refuses.
 * Then it is the ordinary user whose data or folder it is, else nobody.
 */
export function chooseAccount(folder: string, dataFolder: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  return ownerOf(dataFolder) ?? ownerOf(folder) ?? unprivilegedAccount()
}

/** The owner of a file or folder that exists, unless that is root. */
export function ownerOf(path: string): Account | undefined {
  const { uid = 0, gid = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {}
  return uid === 0 ? undefined : { uid, gid }
}

/** "nobody", or what macOS has for this very purpose: initdb wants an account with a name. */
function unprivilegedAccount(): Account {
  const name = process.platform === 'darwin' ? '_postgres' : 'nobody'
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
  const [, , uid = 65_534, gid = 65_534] = entry?.split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

/** Whether an account can get into a folder, or into the nearest one above that exists, as far as modes tell. */
export function canEnter(folder: string, account: Account | undefined): boolean {
  return (
    account === undefined ||
    withAncestors(nearestExisting(folder)).every((path) => allows(path, account, 0o1))
  )
}

/** Whether an account can read or, with bits 0o5, also run the file at a path. */
export function canRead(file: string, account: Account | undefined, bits = 0o4): boolean {
  if (account === undefined) return true
  const real = realpathSync(file)
  return canEnter(dirname(real), account) && allows(real, account, bits)
}

function allows(path: string, account: Account, bits: number): boolean {
  const { uid, gid, mode } = statSync(path)
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0
  return ((mode >> shift) & bits) === bits
}

function nearestExisting(path: string): string {
  return existsSync(path) ? realpathSync(path) : nearestExisting(dirname(path))
}

function withAncestors(path: string): string[] {
  const above = dirname(path)
  return above === path ? [path] : [path, ...withAncestors(above)]
}
