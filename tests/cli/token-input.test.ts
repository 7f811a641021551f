import { expect, test } from 'vitest'
import type { Session } from '../../src/cli/command.ts'
import { readToken } from '../../src/cli/token-input.ts'

/** A session that tells where a text was read from. */
const session = { readText: async (path) => `read from ${path}` } as Pick<Session, 'readText'> as Session

test.each([
  ['abc', undefined, 'abc'],
  [undefined, 'token.txt', 'read from token.txt'],
  [undefined, undefined, 'read from undefined'],
  ['-', undefined, 'read from undefined'],
])('with the argument %j and the file %j the token is %j', async (argument, path, token) => {
  expect(await readToken(session, argument, path)).toBe(token)
})

test.each(['abc', '-'])('a token given as %j and by a file is given twice', async (argument) => {
  await expect(readToken(session, argument, 'token.txt')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'The token is given twice',
  })
})
