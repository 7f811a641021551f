/** What the command line asks of a benchmark. */
export type BenchOptions = {
  /** Rounds a session; each benchmark has its own number if not given. */
  rounds: number | undefined
  /** Little data and few rounds, to see that it works. */
  quick: boolean
  /** The bin folder of an installed PostgreSQL, for benchmarks that compare with its programs; the embedded one if not given. */
  postgres?: string | undefined
  /** Told what is going on. */
  progress(text: string): void
}
