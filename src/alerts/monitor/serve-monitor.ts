import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { FlowsError } from '../../base/errors.ts'
import type { MetricsText } from '../metrics/render-metrics.ts'

/** How a monitor does. */
export type MonitorHealth = Readonly<{
  status: 'ok' | 'database-unreachable'
  version: string
  /** Whether this one judges and sends; one of several does. */
  leads: boolean
  /** When the database was read last (ISO 8601). */
  readAt: string | null
  /** When alerts were judged last by this one. */
  judgedAt: string | null
}>

/** What is served, asked for at every request. */
export type MonitorPages = Readonly<{
  metrics(accepts: string | undefined): Promise<MetricsText>
  health(): MonitorHealth
}>

/** Where it is served. */
export type MonitorAddress = Readonly<{ host: string; port: number }>

/** A server that listens. */
export type MonitorServer = Readonly<{ url: string; close(): Promise<void> }>

/** Serves /metrics and /healthz (503 while the database does not answer); throws MONITOR_PORT_TAKEN. */
export async function serveMonitor(
  { host, port }: MonitorAddress,
  pages: MonitorPages,
): Promise<MonitorServer> {
  const app = new Hono()
  app.get('/metrics', async (context) => {
    const { contentType, text } = await pages.metrics(context.req.header('accept'))
    return context.body(text, 200, { 'content-type': contentType })
  })
  app.get('/healthz', (context) => {
    const health = pages.health()
    return context.json(health, health.status === 'ok' ? 200 : 503)
  })
  const server = serve({ fetch: app.fetch, hostname: host, port })
  await once(server, 'listening').catch((cause: unknown) => {
    throw new FlowsError('MONITOR_PORT_TAKEN', `Nothing can listen at ${host}, port ${port}`, {
      hint: 'Another monitor may run there: choose another with --port, or 0 for any that is free.',
      cause,
    })
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
