import { stripVTControlCharacters } from 'node:util'
import type { Environment } from '../config/environment.ts'
import type { Style } from './command.ts'

/** Whether colours are wanted on a stream: --no-color, NO_COLOR, FORCE_COLOR, TERM and the terminal decide, in this order. */
export function wantsColor(isTerminal: boolean, environment: Environment, refused: boolean): boolean {
  if (refused || (environment.NO_COLOR ?? '') !== '') return false
  const forced = environment.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTerminal && environment.TERM !== 'dumb'
}

/** The ways to set off text, as escapes for a terminal or, without colour, as they are. */
export function createStyle(color: boolean): Style {
  const paint = (on: number, off: number) => (text: string) =>
    color ? `\u001b[${on}m${text}\u001b[${off}m` : text
  const bold = paint(1, 22)
  return {
    bold,
    dim: paint(2, 22),
    green: paint(32, 39),
    red: paint(31, 39),
    yellow: paint(33, 39),
    table: (rows) => layTable(rows, bold),
  }
}

function layTable(told: readonly (readonly string[])[], heading: (text: string) => string): string {
  const rows = told.map((row) => row.map(harmless))
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  return rows
    .map((row, index) => {
      const cells = row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      const line = cells.join('  ').trimEnd()
      return index === 0 ? heading(line) : line
    })
    .join('\n')
}

const color = new RegExp(`(${'\u001b'}\\[\\d{1,2}m)`)

/** Names come from files and databases: of what they could make a terminal do, colours are left. */
function harmless(cell: string): string {
  return cell
    .split(color)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/\p{C}/gu, '?')))
    .join('')
}

function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length
}
