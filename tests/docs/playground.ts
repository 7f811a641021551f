import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'

/** A folder like a fresh clone with its packages installed, in which the commands of a page can be run. */
export type Playground = {
  folder: string
  /** Runs a script in bash, stopping at the first command that fails; gives all that was printed. */
  run(script: string, environment?: Record<string, string>): Promise<{ status: number; output: string }>
  remove(): Promise<void>
}

/** Copies what git tracks or would track, and installs its packages; never lend a folder to pnpm, it mends what it finds. */
export async function makePlayground(): Promise<Playground> {
  const root = packagePath('.')
  const base = mkdtempSync(join(tmpdir(), 'flows-db-docs-'))
  chmodSync(base, 0o755)
  const folder = join(base, 'flows-db')
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  execFileSync('git', ['init', '-q'], { cwd: folder })
  const run: Playground['run'] = (script, environment = {}) =>
    inBash(script, folder, { ...process.env, ...environment })
  const { status, output } = await run('pnpm install --frozen-lockfile --prefer-offline')
  if (status !== 0) throw new Error(output)
  return {
    folder,
    run,
    remove: async () => {
      await run('pnpm run db:stop')
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** Runs a script in bash with errors fatal, in a folder, with the pnpm that the pages name on the path. */
export function inBash(
  script: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const words = ['-y', '-p', 'pnpm@12.21.0', 'bash', '-euo', 'pipefail', '-c', script]
    const bash = spawn('npx', words, { cwd: folder, env: environment })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    bash.stdout.on('data', collect)
    bash.stderr.on('data', collect)
    bash.on('error', reject)
    bash.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}
