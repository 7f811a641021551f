import { Registry, type RegistryContentType } from 'prom-client'
import { families } from './families.ts'
import { family } from './family.ts'
import type { Figures } from './read-figures.ts'

/** A text of metrics and what it is. */
export type MetricsText = Readonly<{ contentType: string; text: string }>

/**
 * All metrics as OpenMetrics 1.0 for whoever accepts it, and else in the older text format of Prometheus. Without
 * figures only that the database does not answer.
 */
export async function renderMetrics(
  figures: Figures | undefined,
  accepts: string | undefined,
): Promise<MetricsText> {
  const contentType = accepts?.includes('application/openmetrics-text')
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentType)
  const all =
    figures === undefined
      ? [
          family(
            {
              name: 'flows_db_up',
              help: 'Whether the database answered when it was last asked.',
              type: 'gauge',
            },
            [[{}, 0]],
          ),
        ]
      : families(figures)
  for (const each of all) registry.registerMetric(each)
  return { contentType, text: await registry.metrics() }
}
