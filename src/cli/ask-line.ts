import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { FlowsError } from '../base/errors.ts'

/** Where a question is asked and answered. */
export type Asking = {
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
  /** What is typed is not shown. */
  hidden?: boolean
}

/** Asks at a terminal and gives the line typed; throws INTERRUPTED for Ctrl-C and Ctrl-D. */
export function askLine(question: string, { input, output, hidden = false }: Asking): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: hidden ? nowhere : output, terminal: true })
  if (hidden) output.write(question)
  return new Promise((resolve, reject) => {
    let isAnswered = false
    lines.once('close', () => {
      if (hidden || !isAnswered) output.write('\n')
      if (!isAnswered) reject(new FlowsError('INTERRUPTED', 'Interrupted; nothing was changed'))
    })
    lines.question(question, (answer) => {
      isAnswered = true
      lines.close()
      resolve(answer)
    })
  })
}
