import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { FlowsError } from '../base/errors.ts'

/** What is in a file as a stream, or on standard input if the path is "-"; throws FILE_UNREADABLE. */
export async function openInput(path: string): Promise<Readable> {
  if (path === '-') return process.stdin
  try {
    const file = await open(path)
    return file.createReadStream()
  } catch (cause) {
    throw new FlowsError('FILE_UNREADABLE', `The file ${path} cannot be read`, {
      hint: 'Check the path and its permissions.',
      cause,
    })
  }
}
