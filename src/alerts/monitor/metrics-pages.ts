import type { Database } from '../../database/database.ts'
import { selectRefusals } from '../figures/client-figures.queries.ts'
import type { Figures } from '../metrics/read-figures.ts'
import { type MetricsText, renderMetrics } from '../metrics/render-metrics.ts'

/** The text of the metrics, made whenever figures were read, so that a scrape waits for nothing. */
export type MetricsPages = Readonly<{
  /** Takes new figures; undefined where the database did not answer. */
  show(figures: Figures | undefined): Promise<void>
  page(accepts: string | undefined): Promise<MetricsText>
}>

/** Keeps the text in every format that was ever asked for. */
export function metricsPages(): MetricsPages {
  let figures: Figures | undefined
  const pages = new Map<string | undefined, MetricsText>()
  const make = async (accepts: string | undefined) => {
    const page = await renderMetrics(figures, accepts)
    pages.set(accepts, page)
    return page
  }
  const formatOf = (accepts: string | undefined) =>
    accepts?.includes('application/openmetrics-text') ? 'application/openmetrics-text' : undefined
  return {
    show: async (read) => {
      figures = read
      for (const accepts of [...pages.keys()]) await make(accepts)
    },
    page: async (accepts) => pages.get(formatOf(accepts)) ?? make(formatOf(accepts)),
  }
}

/** Refusals come into the trail when their transaction commits, a moment after their time. */
const lag = 2_000

/** Counts refused tokens by client from a moment on; each call adds those since the one before. */
export function countRefusals(from: Date): (db: Database, now: Date) => Promise<Map<string | null, number>> {
  const counts = new Map<string | null, number>()
  let counted = from
  return async (db, now) => {
    const until = new Date(now.getTime() - lag)
    if (until > counted) {
      for (const { clientCode, refusals } of await selectRefusals(db, counted, until)) {
        counts.set(clientCode, (counts.get(clientCode) ?? 0) + refusals)
      }
      counted = until
    }
    return counts
  }
}
