import { writeFile } from 'node:fs/promises'
import { FlowsError } from '../base/errors.ts'

/** Writes a file that a flag asks for; nothing where it does not. Throws FILE_UNWRITABLE. */
export async function writeOutput(path: string | undefined, make: () => string): Promise<void> {
  if (path === undefined) return
  try {
    await writeFile(path, make())
  } catch (cause) {
    throw new FlowsError('FILE_UNWRITABLE', `The file ${path} cannot be written`, {
      hint: 'Check the folder and its permissions.',
      cause,
    })
  }
}
