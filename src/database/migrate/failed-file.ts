import { basename } from 'node:path'
import type pg from 'pg'
import { FlowsError } from '../../base/errors.ts'
import { finishedStatements } from '../failures.ts'
import type { Migration } from './read-migrations.ts'
import { listStatements } from './statements.ts'

/** MIGRATION_FAILED for a file that the server refused, with the spot it pointed at under a caret. */
export function failedFile(
  folder: string,
  { file, text }: Migration,
  error: pg.DatabaseError,
  next: string,
): FlowsError {
  const spot = locate(text, offsetOf(text, error))
  const path = `${basename(folder)}/${file}`
  const message = `${path}, line ${spot.line}, column ${spot.column}: ${error.message}\n\n${drawCaret(text, spot)}`
  return new FlowsError('MIGRATION_FAILED', message, {
    hint: error.hint === undefined ? next : `${error.hint}\n${next}`,
    cause: error,
  })
}

/** The spot in the script that an error speaks of: its position, else the line of a DO block, else its statement. */
function offsetOf(text: string, error: pg.DatabaseError): number {
  if (error.position !== undefined) {
    const before = [...text].slice(0, Number(error.position) - 1).join('').length
    return Math.min(before, text.trimEnd().length)
  }
  const statement = listStatements(text)[finishedStatements(error)]
  if (statement === undefined) return 0
  if (statement.words[0] !== 'do') return statement.start
  const inBlock = /inline_code_block line (\d+)/.exec(error.where ?? '')?.[1]
  return inBlock === undefined ? statement.start : lineOfBlock(text, statement.start, Number(inBlock))
}

/** The first word of a line of a DO block, counted as PL/pgSQL does: the line of the opening quote is 1. */
function lineOfBlock(text: string, start: number, line: number): number {
  let at = text.indexOf('$', start)
  for (let left = line; left > 1 && at >= 0; left -= 1) at = text.indexOf('\n', at) + 1
  const word = /\S/g
  word.lastIndex = at
  return word.exec(text)?.index ?? start
}

type Spot = { line: number; column: number }

function locate(text: string, offset: number): Spot {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}

const shownLines = 3
const shownColumns = 100

function drawCaret(text: string, { line, column }: Spot): string {
  const lines = text.split('\n')
  const first = Math.max(0, line - shownLines)
  const cut = Math.max(0, column - shownColumns)
  const shown = lines.slice(first, line).map((each) => [...each].slice(cut, cut + shownColumns).join(''))
  const width = String(line).length
  const numbered = shown.map((each, index) => `  ${String(first + index + 1).padStart(width)} | ${each}`)
  const before = [...(shown.at(-1) ?? '')].slice(0, column - 1 - cut).join('')
  return [...numbered, `  ${' '.repeat(width)} | ${blank(before)}^`].join('\n')
}

/** White space as wide as a text is in a terminal, tabs kept. */
function blank(text: string): string {
  return text
    .replace(/\p{M}/gu, '')
    .replace(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}]/gu, '  ')
    .replace(/[^\t]/gu, ' ')
}
