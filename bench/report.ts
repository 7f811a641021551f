import { readFileSync, writeFileSync } from 'node:fs'
import { packagePath } from '../src/base/package-folder.ts'
import type { Figure } from './harness.ts'

/** A Markdown table; the first row is the heading, the first column is text and the others are numbers. */
export function table(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...body] = rows
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'))
  return [heading, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** A ratio with how far it may be off: `1.012 ±0.004`; one whose control failed is put in brackets. */
export function sayRatio(figure: Figure | undefined, noisy: boolean): string {
  if (figure === undefined) return '-'
  const text = `${figure.ratio.toFixed(3)} ±${figure.spread.toFixed(3)}`
  return noisy ? `(${text})` : text
}

/** Puts a benchmark's text between its markers in docs/PERFORMANCE.md. */
export function writeReport(name: string, text: string): void {
  const path = packagePath('docs', 'PERFORMANCE.md')
  const begin = `<!-- generated: bench ${name} -->`
  const page = readFileSync(path, 'utf8')
  const from = page.indexOf(begin)
  const to = page.indexOf('<!-- end -->', from)
  if (from === -1 || to === -1) throw new Error(`${path} lacks the markers of bench ${name}`)
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`)
}
