import { ticks } from '../src/base/clock.ts'
import { runTool } from './run-tool.ts'

/** One part of the check: what it is about, and what is wrong (nothing if all is well). */
type Part = { name: string; hint: string; fast: boolean; run: () => Promise<string> }

const parts: readonly Part[] = [
  {
    name: 'format and lint',
    hint: 'pnpm exec biome check --write',
    fast: true,
    run: () => faultsOf('biome', ['check', '--error-on-warnings']),
  },
  { name: 'types', hint: 'see the file and line', fast: true, run: () => faultsOf('tsc', ['-p', '.']) },
  {
    name: 'declarations',
    hint: 'the types of an export must be nameable; annotate it',
    fast: false,
    run: () => faultsOf('tsc', ['-p', 'tsconfig.build.json', '--noEmit', '--emitDeclarationOnly', 'false']),
  },
  {
    name: 'structure',
    hint: 'the map of rooms is in tests/structure/rooms.ts',
    fast: true,
    run: () => faultsOf('vitest', ['run', '--project', 'structure', '--reporter', 'dot']),
  },
  { name: 'generated documents', hint: 'pnpm run docs', fast: false, run: staleDocuments },
]

await check(process.argv.includes('--fast'))

/** Runs every part (with --fast the fast ones), one line a part, and fails if one of them did. */
async function check(onlyFast: boolean): Promise<void> {
  const failed: string[] = []
  for (const { name, hint, run } of parts.filter(({ fast }) => fast || !onlyFast)) {
    const began = ticks()
    const faults = await run()
    const seconds = ((ticks() - began) / 1_000).toFixed(1)
    process.stdout.write(`${faults === '' ? 'ok    ' : 'failed'}  ${name} (${seconds} s)\n`)
    if (faults === '') continue
    failed.push(name)
    process.stdout.write(`${faults.trimEnd()}\nhint: ${hint}\n\n`)
  }
  if (failed.length === 0) return
  process.stdout.write(`Failed: ${failed.join(', ')}\n`)
  process.exitCode = 1
}

async function faultsOf(tool: string, args: readonly string[]): Promise<string> {
  const { status, output } = await runTool(tool, args)
  return status === 0 ? '' : output
}

async function staleDocuments(): Promise<string> {
  const { generateDocuments } = await import('./documents.ts')
  const stale = (await generateDocuments()).filter(({ present, wanted }) => present !== wanted)
  return stale.map(({ path }) => `${path} differs from what the source says\n`).join('')
}
