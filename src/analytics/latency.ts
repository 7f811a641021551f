/** Upper bounds of the buckets in which calls are counted by how long they took, in milliseconds; the last has none. */
export const latencyBounds = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000] as const

/** Calls by bucket of latencyBounds, and last those above all bounds. */
export type Latencies = readonly number[]

/** The bucket of a call that took so many milliseconds: the first whose bound it does not exceed. */
export function bucketOf(milliseconds: number): number {
  let bucket = 0
  while (bucket < latencyBounds.length && milliseconds > (latencyBounds[bucket] as number)) bucket += 1
  return bucket
}

/** No calls at all. */
export function noLatencies(): number[] {
  return Array.from({ length: latencyBounds.length + 1 }, () => 0)
}

/** Bucket by bucket, the sum of both. */
export function addLatencies(one: Latencies, other: Latencies): Latencies {
  return one.map((count, bucket) => count + (other[bucket] ?? 0))
}

/**
 * The milliseconds that a share of the calls (0.95: 95 %) did not exceed, to a tenth; null without calls. Within a
 * bucket calls are taken to be spread evenly, and beyond the last bound nothing is known: as Prometheus'
 * histogram_quantile.
 */
export function latencyOf(latencies: Latencies, share: number): number | null {
  const total = latencies.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = share * total
  let below = 0
  for (const [bucket, upper] of latencyBounds.entries()) {
    const count = latencies[bucket] ?? 0
    if (count > 0 && below + count >= rank) {
      const lower = bucket === 0 ? 0 : (latencyBounds[bucket - 1] as number)
      return Math.round((lower + ((upper - lower) * (rank - below)) / count) * 10) / 10
    }
    below += count
  }
  return latencyBounds[latencyBounds.length - 1] as number
}
