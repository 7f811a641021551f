import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'

/** The process's streams, as the rest of the command line uses them. */
export type Terminal = {
  isOutputTerminal: boolean
  isErrorTerminal: boolean
  isInputTerminal: boolean
  /** Writes to standard output and resolves when it is handed over. */
  print(text: string): Promise<void>
  /** Writes to standard error and resolves when it is handed over. */
  complain(text: string): Promise<void>
  /** Asks on standard error and gives the line typed. */
  ask(question: string): Promise<string>
  /** All of standard input. */
  readInput(): Promise<string>
}

/** The terminal of this process. A reader that went away (`flows-db ... | head`) ends the program quietly. */
export function openTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit()
    })
  }
  return {
    isOutputTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    isInputTerminal: process.stdin.isTTY === true,
    print: (text) => write(process.stdout, text),
    complain: (text) => write(process.stderr, text),
    ask: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    readInput: () => readAll(process.stdin),
  }
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve())
  })
}
