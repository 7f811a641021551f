/** The upper bounds, in seconds, of the classes in which api_usage counts how long calls took; the last has none. */
export const latencyBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

/**
 * The q-quantile of a histogram in seconds, on a straight line within its class, as Prometheus' histogram_quantile
 * does; undefined where nothing was counted.
 */
export function quantile(q: number, counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const rank = q * total
  let before = 0
  for (const [index, bound] of latencyBounds.entries()) {
    const count = counts[index] ?? 0
    if (count > 0 && before + count >= rank) {
      const lower = latencyBounds[index - 1] ?? 0
      return lower + ((bound - lower) * (rank - before)) / count
    }
    before += count
  }
  return latencyBounds.at(-1)
}
