import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** The database a file of the corpus is planted in: the migrated one, or one with bases/<name>.sql in it. */
export const bases = ['flows', 'plain', 'crm', 'desk', 'bill'] as const
export type Base = (typeof bases)[number]

/** The schema whose tables a base's tenants own. */
export const schemaOf: Readonly<Record<Base, string>> = {
  flows: 'flows',
  plain: 'app',
  crm: 'crm',
  desk: 'desk',
  bill: 'bill',
}

/** A file of clean/: something that looks like a hole and is none. */
export type CleanSchema = { name: string; title: string; base: Base; plant: string }

/** A file of mutants/: one hole, and what shows that it is one. */
export type Mutant = CleanSchema & {
  family: string
  leaks: string
  /** Takes back what belongs to the whole server (roles and their memberships); empty where nothing does. */
  undo: string
  exploit: { role: string; claims: string; statements: string[] }
}

const folder = new URL('./', import.meta.url)

/** A file of this folder, such as "bases/plain.sql". */
export function readCorpusFile(path: string): string {
  return readFileSync(new URL(path, folder), 'utf8')
}

/** All mutants, by name. */
export function listMutants(): Mutant[] {
  return sqlFiles('mutants').map(({ name, text }) => {
    const [plant = '', ...exploit] = text.split(/^(?=-- exploit as )/m)
    const [, role, claims, script] =
      /^-- exploit as (\S+) claims (.+)\n([\s\S]*)$/.exec(exploit.join('')) ?? []
    if (role === undefined || claims === undefined || script === undefined) {
      throw new Error(`mutants/${name}.sql has no exploit`)
    }
    return {
      ...header(name, plant, 'mutant'),
      family: line(plant, 'family'),
      leaks: line(plant, 'leaks'),
      undo: /^-- undo: (.+)$/m.exec(plant)?.[1] ?? '',
      exploit: { role, claims: claims === 'none' ? '' : claims, statements: statementsOf(script) },
    }
  })
}

/** All clean schemas, by name. */
export function listCleanSchemas(): CleanSchema[] {
  return sqlFiles('clean').map(({ name, text }) => header(name, text, 'clean'))
}

/** Puts values where a text of the corpus has {{name}}. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`Nothing to put where the text has {{${name}}}`)
    return value
  })
}

function sqlFiles(kind: 'mutants' | 'clean'): { name: string; text: string }[] {
  return readdirSync(new URL(`${kind}/`, folder))
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: basename(file, '.sql'), text: readCorpusFile(`${kind}/${file}`) }))
}

function header(name: string, plant: string, kind: 'mutant' | 'clean'): CleanSchema {
  const named = line(plant, 'base')
  const base = bases.find((each) => each === named)
  if (base === undefined) throw new Error(`${name}.sql names no base of ours: ${named}`)
  return { name, title: line(plant, kind), base, plant }
}

function line(text: string, word: string): string {
  const value = new RegExp(`^-- ${word}: (.+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`This file of the corpus has no line "-- ${word}:":\n${text}`)
  return value
}

/** One by one, so that the rows of the last can be seen: each ends with a semicolon at a line's end, outside of $$. */
function statementsOf(script: string): string[] {
  const statements: string[] = []
  let open = ''
  for (const part of script.trim().split(/(?<=;)\n/)) {
    open += open === '' ? part : `\n${part}`
    if (open.split('$$').length % 2 === 0) continue
    statements.push(open)
    open = ''
  }
  if (open !== '') throw new Error(`This statement has no end: ${open}`)
  return statements
}
