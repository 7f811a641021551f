/** Variables by name, as a process or an .env file gives them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The process's own environment: the one place that reads it. */
export function environment(): Environment {
  return process.env
}
