import { FlowsError } from '../base/errors.ts'
import type { Session } from './command.ts'

/** The flag by which a token is read from a file, for the commands that take one. */
export const tokenFile = {
  value: 'path',
  about: 'read the token from this file, or from standard input: -',
} as const

/** The token that a command is about: its argument, else the file's text, else standard input (also written "-"). */
export async function readToken(
  session: Session,
  argument: string | undefined,
  path: string | undefined,
): Promise<string> {
  if (argument === undefined || (argument === '-' && path === undefined)) return session.readText(path)
  if (path === undefined) return argument
  throw new FlowsError('USAGE', 'The token is given twice', {
    hint: 'Give it either as the argument or by --token-file.',
  })
}
