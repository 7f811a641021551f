import type { Session } from './command.ts'

/** The flag by which a passphrase is read from a file, for the commands that seal a backup. */
export const passphraseFile = {
  value: 'path',
  about: 'encrypt with the passphrase in this file; - reads standard input, or asks at a terminal',
} as const

/** The same, for the commands that open one. */
export const openingPassphraseFile = {
  value: 'path',
  about: 'open with the passphrase in this file; - reads standard input, or asks at a terminal',
} as const

/** The passphrase of a file, or typed where the path is "-" and a terminal is there; undefined where none is named. */
export function readPassphrase(session: Session, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return Promise.resolve(undefined)
  return path === '-' ? session.readSecret('Passphrase (not shown): ') : session.readText(path)
}
