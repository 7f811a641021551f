import { text as readAll } from 'node:stream/consumers'
import { askLine } from './ask-line.ts'

/** The process's streams, as the rest of the command line uses them. */
export type Terminal = {
  isOutputTerminal: boolean
  isErrorTerminal: boolean
  isInputTerminal: boolean
  /** Writes to standard output and resolves when it is handed over. */
  print(text: string): Promise<void>
  /** Writes to standard error and resolves when it is handed over. */
  complain(text: string): Promise<void>
  /** Asks on standard error and gives the line typed; throws INTERRUPTED. */
  ask(question: string): Promise<string>
  /** The same without showing what is typed. */
  askSecret(question: string): Promise<string>
  /** All of standard input. */
  readInput(): Promise<string>
}

/**
 * The terminal of this process. A reader that went away (`flows-db ... | head`) ends the program quietly; output that
 * cannot be written (a full disk) ends it with status 1. A complaint that nobody reads changes no exit status.
 */
export function openTerminal(): Terminal {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit()
    process.stderr.write(`error The output cannot be written (${code})\n`)
    process.exit(1)
  })
  process.stderr.on('error', () => undefined)
  return {
    isOutputTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    isInputTerminal: process.stdin.isTTY === true,
    print: (text) => write(process.stdout, text),
    complain: (text) => write(process.stderr, text),
    ask: (question) => askLine(question, { input: process.stdin, output: process.stderr }),
    askSecret: (question) =>
      askLine(question, { input: process.stdin, output: process.stderr, hidden: true }),
    readInput: () => readAll(process.stdin),
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve())
  })
}
