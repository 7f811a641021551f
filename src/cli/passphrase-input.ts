import type { Session } from './command.ts'

/** The flag by which a passphrase is read from a file, for the commands that seal or open a backup. */
export const passphraseFile = {
  value: 'path',
  about: 'encrypt or open with the passphrase in this file, or from standard input: -',
} as const

/** The passphrase of a file; undefined where none is named. */
export function readPassphrase(session: Session, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? Promise.resolve(undefined) : session.readText(path)
}
