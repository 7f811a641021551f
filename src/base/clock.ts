/** The present moment. The only place that asks the machine for the time, so that tests can say what time it is. */
export function now(): Date {
  return new Date()
}

/** Milliseconds of a clock that never goes back, for measuring how long something took. */
export function ticks(): number {
  return performance.now()
}

/** Resolves after a number of milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
