import { type ErrorKind, FlowsError } from '../base/errors.ts'

/** The exit status of each class of failure. */
export const statusOf = {
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  quota: 6,
  unhealthy: 7,
  unverified: 8,
  interrupted: 130,
} as const satisfies Record<ErrorKind, number>

/** Every exit status and what it means, in order. */
export const exitStatuses: readonly (readonly [number, string])[] = [
  [0, 'done'],
  [1, 'failed'],
  [2, 'the command line or a setting is wrong'],
  [3, 'not found'],
  [4, 'refused'],
  [5, 'conflicts with what is there'],
  [6, 'a limit of the tier is reached'],
  [7, 'unhealthy, or an alert is firing'],
  [8, 'verification failed (token, isolation, backup, audit)'],
  [130, 'interrupted, by Ctrl-C or SIGINT'],
  [143, 'interrupted by SIGTERM'],
]

/** The exit status for something that was thrown: by its kind, and 1 for a bug. */
export function exitStatus(error: unknown): number {
  return error instanceof FlowsError ? statusOf[error.kind] : 1
}
