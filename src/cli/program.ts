import { FlowsError } from '../base/errors.ts'
import { printable } from '../base/printable.ts'
import { environment } from '../config/environment.ts'
import type { Style } from './command.ts'
import { commandNames, loadCommand, loadCommands } from './commands.ts'
import { exitStatus } from './exit-status.ts'
import { helpPages } from './help.ts'
import { endOnSignals } from './interruption.ts'
import { parseLine } from './parse.ts'
import { reportError } from './report-error.ts'
import { runCommand } from './run-command.ts'
import { openSession } from './session.ts'
import { createStyle, wantsColor } from './style.ts'
import { suggestCommands } from './suggest-command.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { version } from './version.ts'
import { commandFirst, helpRequest, isVersionRequest, leadingWords, matchName } from './words.ts'

/** Runs the program for a command line and ends the process with its exit status. */
export async function runProgram(argv: readonly string[]): Promise<never> {
  const terminal = openTerminal()
  const line = commandFirst(argv[0] === '--' ? argv.slice(1) : argv)
  endOnSignals((sentence) => void complain(new FlowsError('INTERRUPTED', sentence), line, terminal))
  process.exit(await perform(line, terminal))
}

async function perform(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const page = await readHelp(argv)
    if (page !== undefined) {
      await terminal.print(page)
      return 0
    }
    const { name, rest } = await findCommand(argv)
    const command = await loadCommand(name)
    if (command === undefined) throw new Error(`The command ${name} is in the table and cannot be loaded`)
    const line = await parseLine(command, rest)
    const session = openSession(line.common, terminal)
    return await runCommand(command, line, session, terminal, styleFor(argv, terminal.isOutputTerminal))
  } catch (error) {
    await complain(error, argv, terminal)
    return exitStatus(error)
  }
}

/** Tells of an error in the form that the flags ask for, however little of the command line is known to be right. */
function complain(error: unknown, argv: readonly string[], terminal: Terminal): Promise<void> {
  const flags = flagsOf(argv)
  const report = {
    json: flags.has('--json') || flags.has('--jsonl'),
    debug: flags.has('--debug'),
    style: styleFor(argv, terminal.isErrorTerminal),
  }
  return terminal.complain(reportError(error, report))
}

function styleFor(argv: readonly string[], isTerminal: boolean): Style {
  return createStyle(wantsColor(isTerminal, environment(), flagsOf(argv).has('--no-color')))
}

function flagsOf(argv: readonly string[]): Set<string> {
  const end = argv.indexOf('--', leadingWords(argv).length + 1)
  return new Set(end === -1 ? argv : argv.slice(0, end))
}

async function readHelp(argv: readonly string[]): Promise<string | undefined> {
  if (isVersionRequest(argv)) return `${version()}\n`
  const [word, ...others] = argv
  const isGroup =
    commandNames.some((name) => name.startsWith(`${word}:`)) && !commandNames.includes(word ?? '')
  const asked = helpRequest(argv) ?? (isGroup && others.length === 0 ? argv : undefined)
  if (asked === undefined) return undefined
  const pages = helpPages(await loadCommands())
  const match = matchName(asked.length === 0 ? ['index'] : asked, (name) => pages.has(name))
  if (match === undefined) throw await unknownCommand(asked)
  return pages.get(match.name)
}

async function findCommand(argv: readonly string[]): Promise<{ name: string; rest: readonly string[] }> {
  const match = matchName(argv, (name) => commandNames.includes(name))
  if (match === undefined) throw await unknownCommand(leadingWords(argv))
  return match
}

async function unknownCommand(words: readonly string[]): Promise<FlowsError> {
  if (words.length === 0) {
    return new FlowsError('USAGE', 'The command must come before its own flags', {
      hint: 'See: flows-db --help',
    })
  }
  const [first = '', second] = words
  const tries = second === undefined || first.includes(':') ? [first] : [`${first}:${second}`, first]
  const found = await Promise.all(tries.map((mistyped) => suggestCommands(mistyped, commandNames)))
  const suggestions = [...new Set(found.flat())].slice(0, 3)
  return new FlowsError('USAGE', `There is no command "${printable(tries[0] ?? first)}"`, {
    hint:
      suggestions.length === 0
        ? 'See all with: flows-db --help'
        : `Did you mean ${suggestions.join(' or ')}?`,
  })
}
