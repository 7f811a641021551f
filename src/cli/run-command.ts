import type { AnyCommand, Style } from './command.ts'
import type { ParsedLine } from './parse.ts'
import type { OpenSession } from './session.ts'
import type { Terminal } from './terminal.ts'

/** Runs a command, prints its result as asked for and gives its exit status. Its connections are closed either way. */
export async function runCommand(
  command: AnyCommand,
  line: ParsedLine,
  session: OpenSession,
  terminal: Terminal,
  style: Style,
): Promise<number> {
  try {
    const result: unknown = await command.run(session, line.flags, ...line.args)
    const text = resultText(command, result, line, style)
    if (text !== '') await terminal.print(`${text}\n`)
    const { dryRun, json, jsonl } = line.common
    if (dryRun && !json && !jsonl) await terminal.complain('Dry run: nothing of this was kept.\n')
    return command.exit?.(result) ?? 0
  } finally {
    await session.close()
  }
}

function resultText(command: AnyCommand, result: unknown, { common }: ParsedLine, style: Style): string {
  if (common.jsonl && Array.isArray(result)) return result.map((item) => JSON.stringify(item)).join('\n')
  const { dryRun } = common
  if (common.json || common.jsonl) return JSON.stringify(shown(result, dryRun) ?? null, null, 2)
  const text = command.say(result, style, { dryRun })
  return dryRun ? `What it would come to:\n\n${text}` : text
}

// So that whoever reads the JSON alone does not take for done what was not.
function shown(result: unknown, dryRun: boolean): unknown {
  const isDocument = typeof result === 'object' && result !== null && !Array.isArray(result)
  return dryRun && isDocument ? { ...result, dryRun } : result
}
