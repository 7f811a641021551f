import { expect, test } from 'vitest'
import { type Cost, compare, noisyMeasures, type Session, summarize } from '../../bench/harness.ts'
import { sayRatio } from '../../bench/report.ts'
import { randomFrom } from '../../bench/statistics.ts'

const names = [
  { name: 'baseline' },
  { name: 'control' },
  { name: 'ours' },
  { name: 'theirs', against: 'ours' },
]

function rounds(...costs: readonly Record<string, number>[]): Map<string, Cost>[] {
  return costs.map((round) => new Map(Object.entries(round).map(([name, wall]) => [name, { wall }])))
}

test('ratios and differences are taken within a round, so that a slow round changes nothing', () => {
  const { figures } = summarize(
    names,
    rounds(
      { baseline: 100, control: 100, ours: 110, theirs: 220 },
      { baseline: 1_000, control: 1_000, ours: 1_100, theirs: 2_200 },
      { baseline: 102, control: 102, ours: 112.2, theirs: 224.4 },
    ),
  )
  expect(figures.ours?.wall?.ratio).toBeCloseTo(1.1, 10)
  expect(figures.ours?.wall?.spread).toBeCloseTo(0, 10)
  expect(figures.ours?.wall?.value).toBe(112.2)
  expect(figures.ours?.wall?.difference).toBeCloseTo(10.2, 10)
  expect(figures.theirs?.wall?.ratio).toBeCloseTo(2, 10)
})

test('a measure is noisy when its control is further than 1.5 % from the baseline, or missing', () => {
  const noisy = (control: number) =>
    noisyMeasures(summarize(names.slice(0, 2), rounds({ baseline: 1_000, control })))
  expect(noisy(1_014)).toEqual([])
  expect(noisy(986)).toEqual([])
  expect(noisy(1_016)).toEqual(['wall'])
  expect(noisy(984)).toEqual(['wall'])
  expect(noisy(Number.NaN)).toEqual(['wall'])
})

test('a ratio whose control failed stands in brackets', () => {
  const figure = { value: 1, ratio: 1.0124, spread: 0.0041, difference: 0 }
  expect(sayRatio(figure, false)).toBe('1.012 ±0.004')
  expect(sayRatio(figure, true)).toBe('(1.012 ±0.004)')
  expect(sayRatio(undefined, false)).toBe('-')
})

function sessions(controls: readonly number[]) {
  const opened: number[] = []
  let closed = 0
  const open = (): Promise<Session> => {
    const control = controls[opened.length] ?? 1
    opened.push(control)
    const subject = (name: string, wall: number) => ({ name, measure: async () => ({ wall }) })
    return Promise.resolve({
      subjects: [subject('baseline', 1), subject('control', control)],
      close: async () => {
        closed += 1
      },
    })
  }
  return { open, counts: () => ({ opened: opened.length, closed }) }
}

const effort = { rounds: 4, sessions: 2, mostSessions: 5, random: randomFrom(1) }

test('a quiet comparison ends after its sessions', async () => {
  const { open, counts } = sessions([1, 1])
  expect((await compare(open, effort)).rounds).toBe(8)
  expect(counts()).toEqual({ opened: 2, closed: 2 })
})

test('a noisy comparison goes on until its control agrees', async () => {
  const { open, counts } = sessions([1.2, 1.1, 1, 1, 1])
  const comparison = await compare(open, effort)
  expect(noisyMeasures(comparison)).toEqual([])
  expect(counts()).toEqual({ opened: 5, closed: 5 })
})

test('a comparison that stays noisy ends at its bound and is still marked', async () => {
  const { open, counts } = sessions([1.2, 1.2, 1.2, 1.2, 1.2, 1.2])
  expect(noisyMeasures(await compare(open, effort))).toEqual(['wall'])
  expect(counts()).toEqual({ opened: 5, closed: 5 })
})

test('connections are closed when a measurement fails', async () => {
  let closed = false
  const failing = { name: 'baseline', measure: () => Promise.reject(new Error('The server is gone')) }
  const close = async () => {
    closed = true
  }
  await expect(compare(async () => ({ subjects: [failing], close }), effort)).rejects.toThrow(
    'The server is gone',
  )
  expect(closed).toBe(true)
})
