import type { Style } from './command.ts'

/** Names and values in two columns; a pair without a value is left out. */
export function layPairs(style: Style, pairs: readonly (readonly [string, string | null])[]): string {
  const told = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== null)
  const width = Math.max(...told.map(([name]) => name.length))
  return told.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${value}`).join('\n')
}
