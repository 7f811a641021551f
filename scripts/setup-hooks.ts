import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-tool.ts'

const mark = '# Installed by: pnpm run setup:hooks'
const hook = `#!/bin/sh
${mark}
exec node --import tsx scripts/check.ts --fast
`

await installHook()

/** Writes a pre-commit hook that runs the fast part of the check; a hook that someone else wrote stays. */
async function installHook(): Promise<void> {
  const { status, output } = await runProgram('git', ['rev-parse', '--git-path', 'hooks'])
  if (status !== 0) throw new Error('This is not a git repository, so there is nowhere to put a hook')
  const folder = output.trim()
  const path = join(folder, 'pre-commit')
  if (existsSync(path) && !readFileSync(path, 'utf8').includes(mark)) {
    process.stdout.write(
      `${path} is there already and stays; add to it: node --import tsx scripts/check.ts --fast\n`,
    )
    process.exitCode = 1
    return
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, hook)
  chmodSync(path, 0o755)
  process.stdout.write(`${path} runs the fast part of "pnpm run check" before every commit\n`)
}
