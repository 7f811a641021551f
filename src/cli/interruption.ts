let asked: AbortController | undefined

/** Ends the process on SIGINT and SIGTERM, unless a command asked to be told of the first of them. */
export function endOnSignals(): void {
  for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.on(signal, () => {
      if (asked === undefined || asked.signal.aborted) process.exit(status)
      asked.abort()
    })
  }
}

/** Aborts with the first signal that would end the process; whoever asks for it ends by itself, or by the second. */
export function interruption(): AbortSignal {
  asked ??= new AbortController()
  return asked.signal
}
