import { createInterface } from 'node:readline'
import { FlowsError } from '../base/errors.ts'

/** Asks at a terminal and gives the line typed; throws INTERRUPTED for Ctrl-C and Ctrl-D. */
export function askLine(
  question: string,
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Promise<string> {
  const lines = createInterface({ input, output, terminal: true })
  return new Promise((resolve, reject) => {
    let isAnswered = false
    lines.once('close', () => {
      if (isAnswered) return
      output.write('\n')
      reject(new FlowsError('INTERRUPTED', 'Interrupted; nothing was changed'))
    })
    lines.question(question, (answer) => {
      isAnswered = true
      lines.close()
      resolve(answer)
    })
  })
}
