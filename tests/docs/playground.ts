import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packagePath } from '../../src/base/package-folder.ts'

/** How a script ended, and all that it printed. */
export type Ended = { status: number; output: string }

const bash = ['bash', '-euo', 'pipefail', '-c'] as const

/** A folder like a fresh clone with its packages installed, in which the commands of a page can be run. */
export type Playground = {
  folder: string
  /** Runs a script in bash, stopping at the first command that fails; gives all that was printed. */
  run(script: string, environment?: Record<string, string>): Promise<Ended>
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
    ended(
      spawn('npx', ['-y', '-p', 'pnpm@12.21.0', ...bash, script], {
        cwd: folder,
        env: { ...process.env, ...environment },
      }),
    )
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

/** Runs a script in bash, in a folder, stopping at the first command that fails. */
export function inBash(script: string, folder: string, environment: NodeJS.ProcessEnv): Promise<Ended> {
  const [program, ...words] = bash
  return ended(spawn(program, [...words, script], { cwd: folder, env: environment }))
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  return new Promise((resolve, reject) => {
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
