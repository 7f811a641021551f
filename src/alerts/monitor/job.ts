/** Work that is done by the clock. It can be done again at any time: each is a plain command too. */
export type Job = Readonly<{
  name: string
  /** When it is due, as cron writes it, in UTC. */
  schedule: string
  /** The same for cron or by hand. */
  command: string
  /** Does the work and gives figures of what was done. */
  run(): Promise<Readonly<Record<string, unknown>>>
}>

/** When a job ran last and what came of it. */
export type JobRun = {
  job: string
  startedAt: Date
  succeededAt: Date | null
  /** The code of the error it ended with last; null after a success. */
  failure: string | null
  outcome: Record<string, unknown>
}
