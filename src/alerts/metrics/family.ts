import { Gauge } from 'prom-client'

/** One sample of a metric; of a histogram with the name of its part. */
type Sample = { metricName?: string; labels: Readonly<Record<string, string>>; value: number }

/** The labels and value of a sample. */
export type Value = readonly [labels: Readonly<Record<string, string>>, value: number]

/** How a metric is called, what it tells and of which kind it is. */
export type FamilyDescription = Readonly<{
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
}>

/**
 * A metric whose samples come from the database as they are. The library's own kinds count in this process and look
 * every sample up by its labels, which takes several times as long for thousands of clients.
 */
export class Family extends Gauge {
  readonly #description: FamilyDescription
  readonly #samples: readonly Sample[]

  constructor(description: FamilyDescription, samples: readonly Sample[]) {
    super({ name: description.name, help: description.help, registers: [] })
    // The registry looks here for counters, which OpenMetrics calls otherwise than the older format.
    Object.assign(this, { type: description.type })
    this.#description = description
    this.#samples = samples
  }

  override async get() {
    const { type, help } = this.#description
    // The name of the base class: the registry takes the ending off a counter's for OpenMetrics.
    const { name } = this as unknown as { name: string }
    return { name, help, type, values: this.#samples, aggregator: 'sum', collect: () => undefined } as never
  }
}

/** A counter or gauge; samples with the same labels (several clients as `_other`) are added up. */
export function family(description: FamilyDescription, values: readonly Value[]): Family {
  const samples: Sample[] = []
  const others = new Map<string, Sample>()
  for (const [labels, value] of values) {
    const sample: Sample = { labels, value }
    if (labels.client !== '_other') samples.push(sample)
    else {
      const key = JSON.stringify(labels)
      const before = others.get(key)
      if (before === undefined) others.set(key, sample)
      else before.value += value
    }
  }
  return new Family(description, [...samples, ...others.values()])
}

/** What a histogram counted under the same labels: a count for each bound, then those above all, and their sum. */
export type HistogramValue = Readonly<{
  labels: Readonly<Record<string, string>>
  counts: readonly number[]
  sum: number
}>

/** A histogram with these upper bounds. */
export function histogram(
  description: Omit<FamilyDescription, 'type'>,
  bounds: readonly number[],
  values: readonly HistogramValue[],
): Family {
  const { name } = description
  const samples = values.flatMap(({ labels, counts, sum }): Sample[] => {
    let below = 0
    const buckets = counts.map((count, index) => {
      below += count
      const le = index < bounds.length ? String(bounds[index]) : '+Inf'
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: below },
    ]
  })
  return new Family({ ...description, type: 'histogram' }, samples)
}
