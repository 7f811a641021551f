import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endpointOf } from '../../src/analytics/api-event.ts'
import { addLatencies, bucketOf, latencyBounds, latencyOf, noLatencies } from '../../src/analytics/latency.ts'
import { sql } from '../../src/database/sql.ts'
import { testDatabase } from '../support/database.ts'

const { owner } = await testDatabase()

test('a call is in the first bucket whose bound it does not exceed', () => {
  expect([0, 5, 5.001, 10, 9_999, 10_000, 10_000.5, 86_400_000].map(bucketOf)).toEqual([
    0, 0, 1, 1, 10, 10, 11, 11,
  ])
})

test('the counters of the database are the buckets', async () => {
  const columns = await owner.many<{ name: string }>(sql`
    select attname::text as name from pg_attribute
    where attrelid = 'flows.api_usage'::regclass and attname like 'ms\\_%' order by attnum`)
  expect(columns.map(({ name }) => name)).toEqual([...latencyBounds.map((bound) => `ms_${bound}`), 'ms_more'])
})

test('without calls there is no latency', () => {
  expect(latencyOf(noLatencies(), 0.5)).toBeNull()
})

test('within a bucket calls are spread evenly, and beyond the last bound nothing is known', () => {
  const ten = (bucket: number) => noLatencies().map((_, place) => (place === bucket ? 10 : 0))
  expect(latencyOf(ten(0), 0.5)).toBe(2.5)
  expect(latencyOf(ten(4), 0.9)).toBe(95)
  expect(latencyOf(addLatencies(ten(0), ten(1)), 0.5)).toBe(5)
  expect(latencyOf(ten(11), 0.01)).toBe(10_000)
})

test('the estimate lies in the bucket of the call that stands at that place', () => {
  const durations = fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (all, share) => {
      const counts = noLatencies()
      for (const ms of all) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1
      const sorted = [...all].sort((one, other) => one - other)
      const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
      const bucket = bucketOf(exact)
      const lower = bucket === 0 ? 0 : (latencyBounds[bucket - 1] ?? 0)
      const estimate = latencyOf(counts, share) ?? Number.NaN
      expect(estimate).toBeGreaterThanOrEqual(lower)
      expect(estimate).toBeLessThanOrEqual(latencyBounds[bucket] ?? Number.NaN)
    }),
  )
})

test('a path means the same part of the API to the program and to the database', async () => {
  const paths = [
    '/rest/v1/invitations',
    '/rest/v1/rpc/redeem_invitation',
    '/rest/v1/rpc',
    '/rest/v1?select=id',
    '/rest/v1',
    '/rest/v10/x',
    '/auth/v1/token?grant_type=password',
    '/storage/v1/object/flows-acme/a.pdf',
    '/functions/v1/hello',
    '/realtime/v1/websocket',
    '/graphql/v1',
    '/rpc/v1/x',
    '/other/v1/x',
    '/',
    '/health',
  ]
  const asked = await owner.many<{ path: string; part: string }>(sql`
    select path, flows_private.endpoint_class(path) as part from unnest(${paths}::text[]) path`)
  expect(asked.map(({ path, part }) => [path, part])).toEqual(paths.map((path) => [path, endpointOf(path)]))
  expect(asked.map(({ part }) => part)).toEqual(
    'rest rpc rest rest rest other auth storage functions realtime graphql other other other other'.split(
      ' ',
    ),
  )
})
