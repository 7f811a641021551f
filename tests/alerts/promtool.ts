import { spawn } from 'node:child_process'

/** What promtool said and how it ended. Throws, naming the package, where it is not installed. */
export function promtool(
  words: readonly string[],
  { cwd, input = '' }: { cwd?: string; input?: string } = {},
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('promtool', [...words], cwd === undefined ? {} : { cwd })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT'
      reject(
        isMissing
          ? new Error(
              "promtool is not installed: it comes with Debian's package prometheus, which CI installs",
            )
          : error,
      )
    })
    child.on('close', (status) => resolve({ status, output }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
