import { expect, test } from 'vitest'
import { sayBytes } from '../../src/base/say-bytes.ts'
import { sayBar } from '../../src/cli/say-usage.ts'
import { createStyle } from '../../src/cli/style.ts'

const plain = createStyle(false)

test.each([
  [0, '.......... 0 %'],
  [1, '#......... 1 %'],
  [50, '#####..... 50 %'],
  [99, '#########. 99 %'],
  [130, '########## 130 %'],
])('a bar of %i percent has ten cells, and one of them as soon as anything is in use', (percent, bar) => {
  expect(sayBar(percent, plain)).toBe(bar)
})

test.each([
  [79, 32],
  [80, 33],
  [100, 31],
])('a bar of %i percent has the colour %i', (percent, color) => {
  expect(sayBar(percent, createStyle(true))).toContain(`\u001b[${color}m#`)
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 kB'],
  [1_610_612_736, '1.5 GB'],
  [10_737_418_240, '10 GB'],
  [5e15, '4547 TB'],
])('%i bytes are told in the largest unit of which there is one', (bytes, text) => {
  expect(sayBytes(bytes)).toBe(text)
})
