import type { Style } from './command.ts'

const width = 10

/** A bar of ten cells for a percentage, green below 80, yellow below 100, red from there on. */
export function sayBar(percent: number, style: Style): string {
  const filled = Math.min(width, Math.max(percent > 0 ? 1 : 0, Math.floor((percent / 100) * width)))
  const paint = percent >= 100 ? style.red : percent >= 80 ? style.yellow : style.green
  return `${paint('#'.repeat(filled))}${style.dim('.'.repeat(width - filled))} ${percent} %`
}

/** A number of bytes in the largest unit of which it has at least one, powers of 1024: "1.5 GB". */
export function sayBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  const amount = bytes / 1024 ** power
  return `${Number(amount.toFixed(power === 0 || amount >= 100 ? 0 : 1))} ${units[power]}`
}
