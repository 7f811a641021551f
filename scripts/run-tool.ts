import { spawn } from 'node:child_process'
import { packagePath } from '../src/base/package-folder.ts'

/** How a program ended and all that it printed. */
export type ToolResult = { status: number; output: string }

/** Runs a program of node_modules/.bin in the repository and waits for its end. */
export function runTool(name: string, args: readonly string[]): Promise<ToolResult> {
  return runProgram(packagePath('node_modules', '.bin', name), args)
}

/** Runs any program in the repository and waits for its end. */
export function runProgram(path: string, args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: packagePath(), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.on('error', reject)
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

/** Runs any program in the repository, its output going where ours goes; gives the status with which it ends. */
export function showProgram(
  path: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: packagePath(), stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
}
