import { existsSync, readFileSync } from 'node:fs'
import { FlowsError } from '../base/errors.ts'
import type { Environment } from './environment.ts'

const assignment = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/
const doubleQuoted = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/
const singleQuoted = /^'([^']*)'\s*(?:#.*)?$/
const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

/** Reads an .env file; a file that is not there has no variables, a line that is no assignment is SETTING_INVALID. */
export function readDotenv(path: string): Environment {
  return existsSync(path) ? parseDotenv(readFileSync(path, 'utf8'), path) : {}
}

/**
 * The assignments of an .env text: `NAME=value`, with an optional `export`, comments, and single or double quotes
 * (in double quotes \n, \r, \t and an escaped character). `file` is what an error calls it.
 */
export function parseDotenv(text: string, file: string): Environment {
  const variables: Record<string, string> = {}
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  lines.forEach((line, index) => {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) return
    const [, name, rest] = assignment.exec(content) ?? []
    const value = rest === undefined ? undefined : unquote(rest)
    if (name === undefined || value === undefined) throw badLine(file, index + 1, name)
    variables[name] = value
  })
  return variables
}

function unquote(text: string): string | undefined {
  const double = doubleQuoted.exec(text)?.[1]
  if (double !== undefined) return double.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter)
  const single = singleQuoted.exec(text)?.[1]
  if (single !== undefined) return single
  if (/^["']/.test(text)) return undefined
  return text.replace(/(^|\s)#.*$/, '').trim()
}

function badLine(file: string, line: number, name: string | undefined): FlowsError {
  const what = name === undefined ? 'is no NAME=value' : `has a quote around ${name} that is not closed`
  return new FlowsError('SETTING_INVALID', `${file}, line ${line} ${what}`, {
    hint: 'Write NAME=value, one a line; # starts a comment.',
  })
}
