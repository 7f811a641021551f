import { availableParallelism, cpus, loadavg } from 'node:os'

/** The class of machine that figures come from: nothing in it names the machine. */
export function describeMachine(postgres?: string): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  return [
    `${availableParallelism()} cores of ${model}`,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
    ...(postgres === undefined ? [] : [`PostgreSQL ${postgres}`]),
  ].join(', ')
}

/** How many processes wanted to run in the last minute, for judging how noisy a run was. */
export function sayLoad(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(1)
}
