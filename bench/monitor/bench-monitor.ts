import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWatch } from '../../src/alerts/figures/watch.ts'
import { readFigures } from '../../src/alerts/metrics/read-figures.ts'
import { renderMetrics } from '../../src/alerts/metrics/render-metrics.ts'
import { metricsPages } from '../../src/alerts/monitor/metrics-pages.ts'
import { serveMonitor } from '../../src/alerts/monitor/serve-monitor.ts'
import { now, ticks } from '../../src/base/clock.ts'
import { packagePath } from '../../src/base/package-folder.ts'
import { connect } from '../../src/database/connect.ts'
import type { Database } from '../../src/database/database.ts'
import { ensureEmbedded } from '../../src/database/embedded/ensure-embedded.ts'
import { resetEmbedded } from '../../src/database/embedded/reset-embedded.ts'
import { migrateUp } from '../../src/database/migrate/migrate-up.ts'
import { describeMachine, sayLoad } from '../machine.ts'
import type { BenchOptions } from '../options.ts'
import { table } from '../report.ts'
import { median } from '../statistics.ts'
import { seedClients } from './monitor.queries.ts'

/** Milliseconds that a scrape of 1,000 clients may take. */
const bound = 50

type Round = { scrape: number; observe: number; read: number; render: number; bytes: number; series: number }

/** Measures a scrape of `monitor`, and what it does beside the scrapes so that they wait for nothing. */
export async function benchMonitor({ rounds, quick, progress }: BenchOptions): Promise<string> {
  const count = rounds ?? (quick ? 3 : 30)
  const clients = quick ? 50 : 1_000
  return inScratch(async (admin, staff) => {
    progress(`Making ${clients} clients`)
    await seedClients(admin, clients)
    progress('Scraping')
    const measured = await measure(admin, staff, count)
    const of = (part: keyof Round) => measured.map((round) => round[part])
    const row = (what: string, part: keyof Round, limit = '') => [
      what,
      median(of(part)).toFixed(1),
      Math.max(...of(part)).toFixed(1),
      limit,
    ]
    return [
      table([
        ['what', 'median ms', 'slowest ms', 'bound ms'],
        row('a scrape: GET /metrics over loopback, all of it read', 'scrape', String(bound)),
        row('beside scrapes, every 15 s: reading the figures', 'read'),
        row('beside scrapes, every 15 s: writing the text', 'render'),
        row('beside scrapes, every 30 s: measuring for the rules', 'observe'),
      ]),
      '',
      `${clients} clients, ${measured[0]?.series} series, ${measured[0]?.bytes} bytes; ${count} rounds on ` +
        `${describeMachine()}, load ${sayLoad()}.`,
    ].join('\n')
  })
}

async function measure(admin: Database, staff: Database, count: number): Promise<Round[]> {
  const pages = metricsPages()
  const server = await serveMonitor(
    { host: '127.0.0.1', port: 0 },
    {
      metrics: pages.page,
      health: () => ({ status: 'ok', version: '', leads: true, readAt: null, judgedAt: null }),
    },
  )
  const known = { version: 'bench', refusals: new Map(), backups: [], server: undefined }
  const rounds: Round[] = []
  try {
    // The first round fills the caches of the backend and is not counted.
    for (let round = 0; round <= count; round += 1) {
      const [figures, read] = await timed(() => readFigures(staff, known, now()))
      const [, render] = await timed(() => renderMetrics(figures, undefined))
      const watch = createWatch({
        owner: admin,
        migrationsFolder: packagePath('migrations'),
        knownBackups: async () => [],
        failed: (error) => {
          throw error
        },
      })
      const [, observe] = await timed(() => watch.observe(staff, now()))
      await pages.show(figures)
      await pages.page(undefined)
      const [text, scrape] = await timed(async () => (await fetch(`${server.url}/metrics`)).text())
      const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
      if (round > 0) rounds.push({ scrape, observe, read, render, bytes: text.length, series })
    }
  } finally {
    await server.close()
  }
  return rounds
}

async function timed<Result>(work: () => Promise<Result>): Promise<readonly [Result, number]> {
  const begun = ticks()
  const result = await work()
  return [result, ticks() - begun]
}

async function inScratch(work: (admin: Database, staff: Database) => Promise<string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flows-db-bench-'))
  try {
    const { url, adminUrl } = await ensureEmbedded({ folder })
    const owner = await connect(url)
    await migrateUp(owner, packagePath('migrations')).finally(() => owner.close())
    const [admin, staff] = await Promise.all([connect(adminUrl), connect(url, { role: 'flows_staff' })])
    try {
      return await work(admin, staff)
    } finally {
      await Promise.all([admin.close(), staff.close()])
    }
  } finally {
    await resetEmbedded({ folder })
    rmSync(folder, { recursive: true, force: true })
  }
}
