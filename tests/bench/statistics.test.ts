import { expect, test } from 'vitest'
import { median, notch, quantile, randomFrom, shuffled } from '../../bench/statistics.ts'

test('the median is the middle value, or half way between the two middle ones, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('a quantile lies between its neighbours in proportion', () => {
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20)
  expect(quantile([10, 20], 0.75)).toBe(17.5)
})

test('the notch shrinks with the root of the count and is nothing where all values agree', () => {
  const values = [1, 2, 3, 4, 5]
  expect(notch(values)).toBeCloseTo((1.57 * 2) / Math.sqrt(5), 10)
  expect(notch([...values, ...values, ...values, ...values])).toBeCloseTo((1.57 * 2) / Math.sqrt(20), 10)
  expect(notch([7, 7, 7])).toBe(0)
})

test('the same seed draws the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const random = randomFrom(seed)
    return [random(), random(), random()]
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  for (const number of draw(3)) expect(number >= 0 && number < 1).toBe(true)
})

test('shuffling keeps every item and puts each in every place equally often', () => {
  const random = randomFrom(4)
  const firsts = new Map<string, number>()
  for (let turn = 0; turn < 3_000; turn += 1) {
    const order = shuffled(['a', 'b', 'c'], random)
    expect([...order].sort()).toEqual(['a', 'b', 'c'])
    const [first = ''] = order
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  for (const count of firsts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(100)
})
