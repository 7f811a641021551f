import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

const pnpm = 'npx -y pnpm@12.21.0'

/** Copies what git tracks or would track, and lends it this project's node_modules. */
export function makePlayground(): Playground {
  const root = packagePath('.')
  const base = mkdtempSync(join(tmpdir(), 'flows-db-docs-'))
  chmodSync(base, 0o755)
  const folder = join(base, 'flows-db')
  const tools = join(base, 'bin')
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(tools)
  writeFileSync(join(tools, 'pnpm'), `#!/bin/sh\nexec ${pnpm} "$@"\n`, { mode: 0o755 })
  const run: Playground['run'] = (script, environment = {}) =>
    inBash(script, folder, {
      ...process.env,
      PATH: `${tools}:${process.env.PATH}`,
      npm_config_verify_deps_before_run: 'false',
      ...environment,
    })
  return {
    folder,
    run,
    remove: async () => {
      await run('pnpm run db:stop')
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** Runs a script in bash with errors fatal, in a folder. */
export function inBash(
  script: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const bash = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: environment })
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
