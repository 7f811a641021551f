import { removeDrafts } from '../backup/drafts.ts'
import { commits } from '../database/commits.ts'

let asked: AbortController | undefined
let standing: (() => string) | undefined

/**
 * Ends the process on SIGINT and SIGTERM, unless a command asked to be told of the first of them: files that are half
 * written are removed, and `tell` gets the sentence that says how things stand.
 */
export function endOnSignals(tell: (sentence: string) => void): void {
  for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.on(signal, () => {
      if (asked !== undefined && !asked.signal.aborted) return asked.abort()
      const { unfinished, left } = removeDrafts()
      tell([`Interrupted; ${howThingsStand(unfinished)}`, ...left.map((path) => `remove ${path}`)].join('; '))
      process.exit(status)
    })
  }
}

function howThingsStand(unfinishedFiles: number): string {
  const stands =
    standing?.() ?? (unfinishedFiles > 0 ? 'nothing was written' : 'what was not finished is taken back')
  // What is being committed at this moment may be kept: nobody can know.
  return commits.underway === 0 ? stands : `${stands}, unless the last step was just being committed: look`
}

/** Aborts with the first signal that would end the process; whoever asks for it ends by itself, or by the second. */
export function interruption(): AbortSignal {
  asked ??= new AbortController()
  return asked.signal
}

/** From now on an interruption says this of how things stand; without it, that what was not finished is taken back. */
export function ifInterrupted(say: () => string): void {
  standing = say
}
