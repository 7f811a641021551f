import type { Style } from './command.ts'

const width = 10

/** A bar of ten cells for a percentage, green below 80, yellow below 100, red from there on. */
export function sayBar(percent: number, style: Style): string {
  const filled = Math.min(width, Math.max(percent > 0 ? 1 : 0, Math.floor((percent / 100) * width)))
  const paint = percent >= 100 ? style.red : percent >= 80 ? style.yellow : style.green
  return `${paint('#'.repeat(filled))}${style.dim('.'.repeat(width - filled))} ${percent} %`
}
