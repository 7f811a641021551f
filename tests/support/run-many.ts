import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Starts Node `count` times at once with the same arguments and gives what each printed; throws if one failed. */
export async function runMany(count: number, args: readonly string[]): Promise<string[]> {
  const results = await Promise.all(Array.from({ length: count }, () => run(process.execPath, args)))
  return results.map(({ stdout }) => stdout)
}
